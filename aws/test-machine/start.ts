import { DescribeImagesCommand, type Image } from "@aws-sdk/client-ec2";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudBusy, NotFound, TestsRunning } from "../../core/errors.ts";
import { Architecture } from "../../core/job.ts";
import type { TestOrder } from "../../core/ports.ts";
import { candidates, remaining } from "../machine/candidates.ts";
import { judgeDeaths } from "../machine/death.ts";
import { testMachineEnd } from "../machine/end-timer.ts";
import { instanceTypes } from "../machine/instance-types.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import { launch } from "../machine/launch.ts";
import { comesOnline } from "../machine/online.ts";
import { codeOf } from "../machine/refusals.ts";
import { bootPatience } from "./boot.ts";
import { longest } from "./script.ts";

/**
 * Starts the candidate's test machine in the stage's network, with nothing of the recipe's own but
 * its instance types. Throws TestsRunning with what it waits for; answers why there can be none, or
 * nothing when it is up already.
 */
export const startTestMachine = async (
  aws: Machines & { ssm: SSMClient },
  order: TestOrder,
  dead: readonly Machine[],
): Promise<string | undefined> => {
  const { bake, recipe, imageId } = order;
  const began = Date.now();
  const death = judgeDeaths(dead, recipe.builder.kmsKey ?? aws.stage.keyArn);
  if (death.next === "give up") return `the test machine ${death.why}`;
  if (death.next === "wait") throw waiting(order, death.why);
  const image = await candidate(aws, imageId);
  const { network } = aws.stage;
  const types = instanceTypes(recipe.builder, Architecture.parse(image.Architecture));
  const subnets = network.subnets.map(({ subnetId }) => subnetId);
  const launched = await launch(aws, {
    ...{ bake, role: "test-machine", imageId, dead, disks: disksOf(image), pushes: true },
    securityGroupIds: [network.securityGroupId],
    userData: testMachineEnd(minutes(order)),
    candidates: remaining(candidates(types, subnets, false), dead),
  });
  if ("refused" in launched) return `EC2 will not start ${imageId}: ${launched.refused}`;
  if ("waitsFor" in launched) {
    if (launched.isThrottled) throw new CloudBusy(waiting(order, launched.waitsFor).message);
    throw waiting(order, launched.waitsFor);
  }
  if (await comesOnline(aws, launched.machine, began)) return undefined;
  throw new TestsRunning(
    `the test machine ${launched.machine.id} of ${imageId} was started: ${launched.machine.type} in ${launched.machine.zone}`,
  );
};

const waiting = ({ imageId }: TestOrder, what: string) =>
  new TestsRunning(`the test machine of ${imageId} waits for ${what}`);

/** All that it may take, and a quarter of an hour. */
const minutes = ({ recipe }: TestOrder): number =>
  bootPatience + Math.ceil(longest(recipe.tests) / 60) + 15;

/** All of the image's disks, to be deleted with the machine whatever the image says. */
const disksOf = ({ BlockDeviceMappings = [] }: Image) =>
  BlockDeviceMappings.filter(({ Ebs }) => Ebs !== undefined).map(({ DeviceName, Ebs }) => ({
    DeviceName,
    Ebs: { VolumeSize: Ebs?.VolumeSize, DeleteOnTermination: true },
  }));

/** The candidate as it was registered: searches may not know it for some seconds. */
const candidate = async ({ ec2 }: Machines, imageId: string): Promise<Image> => {
  for (let tries = 0; tries < 5; tries++) {
    if (tries > 0) await sleep(1000);
    const image = await find({ ec2 }, imageId);
    if (image?.State === "pending") throw new TestsRunning(`${imageId} is still "pending"`);
    if (image !== undefined) return image;
  }
  throw new NotFound(`there is no image ${imageId}`);
};

const find = async ({ ec2 }: Pick<Machines, "ec2">, imageId: string) => {
  try {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images?.[0];
  } catch (error) {
    if (codeOf(error).startsWith("InvalidAMIID")) return undefined;
    throw error;
  }
};
