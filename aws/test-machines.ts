import type { EC2Client } from "@aws-sdk/client-ec2";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { TestsRunning } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts, TestMachines, TestOrder } from "../core/ports.ts";
import { noteReleased } from "../core/released.ts";
import { findDisks, removeDisks } from "./machine/disks.ts";
import {
  findMachines,
  isAlive,
  type Machine,
  type Machines,
  settled,
  terminate,
} from "./machine/instances.ts";
import { isSeenAlive } from "./machine/living.ts";
import { knownMachine, type Note, noted, openNote, unseenMachine } from "./machine/note.ts";
import type { BootWait } from "./machine/online.ts";
import { codeOf, isLagging } from "./machine/refusals.ts";
import { patient } from "./patient.ts";
import type { Stage } from "./stage.ts";
import { examine, type Examined } from "./test-machine/boot.ts";
import { answerOf, keepReport, keptReport, type TestReport } from "./test-machine/report.ts";
import { startTestMachine } from "./test-machine/start.ts";

export interface Ec2TestMachines {
  ec2: EC2Client;
  s3: S3Client;
  ssm: SSMClient;
  stage: Stage;
  artifacts: Artifacts;
  boot?: BootWait;
}

/**
 * The candidate on an EC2 instance of the stage's network, looked at over SSM, or by its serial
 * console where no SSM agent is in it. What was found is kept as the artifact `test-report.json`,
 * before the machine is ended: a call after that answers the same. Throws NotFound, too.
 */
export const ec2TestMachines = (aws: Ec2TestMachines): TestMachines => ({
  run: patient(async (order) => {
    try {
      return await run(aws, order);
    } catch (error) {
      if (!isLagging(error)) throw error;
      const words = `${codeOf(error)}: ${(error as Error).message}`;
      throw new TestsRunning(`EC2 does not know yet what it made (${words}); it is asked again`, {
        cause: error,
      });
    }
  }),
  release: (bake) => release(aws, bake),
});

const run = async (aws: Ec2TestMachines, order: TestOrder) => {
  const kept = await keptReport(aws.artifacts, order);
  if (kept !== undefined) await release(aws, order.bake);
  return answerOf(kept ?? (await test(aws, order)));
};

const test = async (aws: Ec2TestMachines, order: TestOrder): Promise<TestReport> => {
  const began = Date.now();
  const note = await openNote(aws, order.bake, "test-machine");
  const known = await knownTestMachine(aws, note);
  if (known !== undefined) {
    return examined(aws, { ...order, machine: known, began, launches: note.now.launches });
  }
  const machines = note.now.launches === 0 ? [] : await findMachines(aws, ofBake(order.bake));
  const found = await settled(aws, machines);
  const machine = found ?? (await startTestMachine(aws, { ...order, note, dead: machines }));
  if ("refused" in machine) return without(aws, order, machine.refused);
  if (found !== undefined && !note.now.isSeen) {
    await note.change({ machine: noted(machine), isSeen: true });
  }
  const { launches } = note.now;
  return examined(aws, { ...order, machine, began, launches, isNew: found === undefined });
};

/** One that an earlier call, or a look for all bakes, has seen alive. */
const knownTestMachine = async (aws: Ec2TestMachines, note: Note): Promise<Machine | undefined> => {
  const machine = unseenMachine(note.now);
  if (machine === undefined) return knownMachine(note.now);
  if (!(await isSeenAlive(aws, "test-machine", machine))) return undefined;
  await note.change({ isSeen: true });
  return machine;
};

const ofBake = (bake: BakeId) => ({ bake, role: "test-machine" }) as const;

/** Its report, which is kept before the machine is ended. Throws TestsRunning until there is one. */
const examined = async (
  aws: Ec2TestMachines,
  order: Examined & { launches: number },
): Promise<TestReport> => {
  const { imageId, machine } = order;
  const verdict = await examine(aws, order);
  const report: TestReport = { version: 1, imageId, machineId: machine.id, ...verdict };
  await keepReport(aws.artifacts, order, report);
  await terminate(aws, [machine]);
  // of one that was begun once there is no other, and its disks go with it
  if (order.launches === 1) await noteReleased(aws.artifacts, order.bake, "testMachines");
  return report;
};

/**
 * The report of a candidate for which there can be no machine. One that ended may be one that
 * another call was done with: that call has kept its report before.
 */
const without = async (
  aws: Ec2TestMachines,
  order: TestOrder,
  message: string,
): Promise<TestReport> => {
  const kept = await keptReport(aws.artifacts, order);
  if (kept !== undefined) return kept;
  const report: TestReport = { version: 1, imageId: order.imageId, outcome: "failed", message };
  await keepReport(aws.artifacts, order, report);
  return report;
};

const release = async (aws: Machines, bake: BakeId): Promise<number> => {
  const living = (await findMachines(aws, ofBake(bake))).filter(isAlive);
  const ended = await terminate(aws, living);
  await removeDisks(aws, await findDisks(aws, ofBake(bake)));
  return ended;
};
