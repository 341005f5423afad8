import type { EC2Client } from "@aws-sdk/client-ec2";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { TestsRunning } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts, TestMachines, TestOrder } from "../core/ports.ts";
import { findDisks, removeDisks } from "./machine/disks.ts";
import {
  findMachines,
  isAlive,
  type Machine,
  type Machines,
  settled,
  terminate,
} from "./machine/instances.ts";
import type { BootWait } from "./machine/online.ts";
import { codeOf, isLagging } from "./machine/refusals.ts";
import { patient } from "./patient.ts";
import type { Stage } from "./stage.ts";
import { examine } from "./test-machine/boot.ts";
import { answerOf, keepReport, keptReport, type TestReport } from "./test-machine/report.ts";
import { startTestMachine } from "./test-machine/start.ts";

export interface Ec2TestMachines {
  ec2: EC2Client;
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
  const report = (await keptReport(aws.artifacts, order)) ?? (await test(aws, order));
  await release(aws, order.bake);
  return answerOf(report);
};

const test = async (aws: Ec2TestMachines, order: TestOrder): Promise<TestReport> => {
  const machines = await findMachines(aws, { bake: order.bake, role: "test-machine" });
  const machine = await settled(aws, machines);
  const verdict =
    machine === undefined ? await begin(aws, order, machines) : await examine(aws, machine, order);
  if (verdict === undefined) return test(aws, order);
  // one that ended may be one that another call was done with: that call keeps its report first
  const kept = machine === undefined ? await keptReport(aws.artifacts, order) : undefined;
  if (kept !== undefined) return kept;
  const ids = { imageId: order.imageId, machineId: machine?.id };
  const report: TestReport = { version: 1, ...ids, ...verdict };
  await keepReport(aws.artifacts, order, report);
  return report;
};

/** Why there can be no machine; nothing when there is one now, and it answers. */
const begin = async (aws: Ec2TestMachines, order: TestOrder, dead: readonly Machine[]) => {
  const message = await startTestMachine(aws, order, dead);
  return message === undefined ? undefined : ({ outcome: "failed", message } as const);
};

const release = async (aws: Machines, bake: BakeId): Promise<number> => {
  const role = "test-machine";
  const living = (await findMachines(aws, { bake, role })).filter(isAlive);
  const ended = await terminate(aws, living);
  await removeDisks(aws, await findDisks(aws, { bake, role }));
  return ended;
};
