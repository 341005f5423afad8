import { DescribeImagesCommand, type Image } from "@aws-sdk/client-ec2";
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
import { noted, type Note } from "../machine/note.ts";
import { codeOf } from "../machine/refusals.ts";
import { reserveTurn, untilTurn } from "../machine/turns.ts";
import type { Bucket } from "../objects.ts";
import type { Stage } from "../stage.ts";
import { bootPatience } from "./boot.ts";
import { longest } from "./script.ts";

/** What a call of the task has to know of those before it. */
export interface TestStart extends TestOrder {
  note: Note;
  /** Test machines of the bake that ended. */
  dead: readonly Machine[];
}

/**
 * Starts the candidate's test machine, when it is its turn, in the stage's network, with nothing of
 * the recipe's own but its instance types. Throws TestsRunning or CloudBusy with what it waits for;
 * answers the machine, or why there can be none.
 */
export const startTestMachine = async (
  aws: Machines & Bucket & { stage: Stage },
  order: TestStart,
): Promise<Machine | { refused: string }> => {
  const { bake, recipe, imageId, note, dead } = order;
  const death = judgeDeaths(dead, recipe.builder.kmsKey ?? aws.stage.keyArn);
  if (death.next === "give up") return { refused: `the test machine ${death.why}` };
  if (death.next === "wait") throw waiting(order, death.why);
  const turn = await reserveTurn(aws, { bake, asked: note.now.asked });
  if (!("at" in turn)) throw busy(order, "waitsFor" in turn ? turn.waitsFor : "room");
  const wanted = await launchOrder(aws, order);
  await untilTurn(turn.at);
  const launches = note.now.launches + 1;
  if (!(await note.change({ launches, machine: undefined, isSeen: false }))) {
    throw waiting(order, "another call of the same bake, which starts it");
  }
  const launched = await launch(aws, wanted);
  if ("refused" in launched) {
    return { refused: `EC2 will not start ${imageId}: ${launched.refused}` };
  }
  if ("waitsFor" in launched) {
    throw (launched.isThrottled ? busy : waiting)(order, launched.waitsFor);
  }
  await note.change({ machine: noted(launched.machine) });
  return launched.machine;
};

const launchOrder = async (aws: Machines, order: TestStart) => {
  const { bake, recipe, imageId, dead } = order;
  const image = await candidate(aws, imageId);
  const { network } = aws.stage;
  const types = instanceTypes(recipe.builder, Architecture.parse(image.Architecture));
  const subnets = network.subnets.map(({ subnetId }) => subnetId);
  return {
    ...({
      bake,
      role: "test-machine",
      imageId,
      dead,
      disks: disksOf(image),
      pushes: true,
    } as const),
    securityGroupIds: [network.securityGroupId],
    userData: testMachineEnd(minutes(order)),
    candidates: remaining(candidates(types, subnets, false), dead),
  };
};

/** While all wait for EC2, each asks at random, and more and more seldom. */
const busy = (order: TestOrder, what: string) => new CloudBusy(waiting(order, what).message);

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
