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
import { type MachineNote, noted, type Note } from "../machine/note.ts";
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
  const wanted = launchOrder(aws, order, await candidateOf(aws, order));
  const turn = await reserveTurn(aws, { bake, asked: note.now.asked });
  if (!("at" in turn)) throw busy(order, "waitsFor" in turn ? turn.waitsFor : "room");
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

type Candidate = NonNullable<MachineNote["candidate"]>;

/** All of the image's disks are deleted with the machine, whatever the image says. */
const launchOrder = (
  { stage: { network } }: Machines,
  order: TestStart,
  { architecture, disks }: Candidate,
) => {
  const { bake, recipe, imageId, dead } = order;
  const types = instanceTypes(recipe.builder, architecture);
  const subnets = network.subnets.map(({ subnetId }) => subnetId);
  return {
    ...({ bake, role: "test-machine", imageId, dead, pushes: true } as const),
    disks: disks.map(({ device, size }) => ({
      ...{ DeviceName: device, Ebs: { VolumeSize: size, DeleteOnTermination: true } },
    })),
    securityGroupIds: [network.securityGroupId],
    userData: testMachineEnd(minutes(order)),
    candidates: remaining(candidates(types, subnets, false), dead),
  };
};

/** What never changes of an image is asked for once, and noted: a turn may be minutes away. */
const candidateOf = async (aws: Machines, { note, imageId }: TestStart): Promise<Candidate> => {
  if (note.now.candidate !== undefined) return note.now.candidate;
  const { Architecture: architecture, BlockDeviceMappings = [] } = await find(aws, imageId);
  const disks = BlockDeviceMappings.filter(({ Ebs }) => Ebs !== undefined);
  const candidate = {
    architecture: Architecture.parse(architecture),
    disks: disks.map(({ DeviceName = "", Ebs }) => ({ device: DeviceName, size: Ebs?.VolumeSize })),
  };
  await note.change({ candidate });
  return candidate;
};

/** While all wait for EC2, each asks at random, and more and more seldom. */
const busy = (order: TestOrder, what: string) => new CloudBusy(waiting(order, what).message);

const waiting = ({ imageId }: TestOrder, what: string) =>
  new TestsRunning(`the test machine of ${imageId} waits for ${what}`);

/** All that it may take, and a quarter of an hour. */
const minutes = ({ recipe }: TestOrder): number =>
  bootPatience + Math.ceil(longest(recipe.tests) / 60) + 15;

/** The candidate as it was registered: searches may not know it for some seconds. */
const find = async ({ ec2 }: Machines, imageId: string): Promise<Image> => {
  for (let tries = 0; tries < 5; tries++) {
    if (tries > 0) await sleep(1000);
    const image = await described({ ec2 }, imageId);
    if (image?.State === "pending") throw new TestsRunning(`${imageId} is still "pending"`);
    if (image !== undefined) return image;
  }
  throw new NotFound(`there is no image ${imageId}`);
};

const described = async ({ ec2 }: Pick<Machines, "ec2">, imageId: string) => {
  try {
    const { Images } = await ec2.send(new DescribeImagesCommand({ ImageIds: [imageId] }));
    return Images?.[0];
  } catch (error) {
    if (codeOf(error).startsWith("InvalidAMIID")) return undefined;
    throw error;
  }
};
