import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import { NotFound, TestsRunning } from "../core/errors.ts";
import { Image } from "../core/image.ts";
import type { BakeId } from "../core/ids.ts";
import type { BootReport, TestJob } from "../core/job.ts";
import type { TestMachines, TestOrder } from "../core/ports.ts";
import { type AgentRunner, runAgentProcess } from "./agent-process.ts";
import { bootAndRead } from "./boot.ts";
import { judge } from "../core/boot-report.ts";
import { copySparse } from "./copy.ts";
import { probeKvm } from "./kvm.ts";
import { imageRecord, type Paths, snapshotDisk, testFolder } from "./paths.ts";
import { Polled } from "./polled.ts";
import { hostMachine } from "./qemu.ts";
import { readRecord } from "./record.ts";

export interface LocalTestMachines extends AgentRunner {
  paths: Paths;
  events(event: AgentEvent): void;
  /** Milliseconds for which a call of `run` waits; Polled's own, when absent. */
  slice?: number;
  /** Whether KVM runs guests here; it is tried, when absent. */
  kvm?: boolean;
}

/** QEMU on this machine, on a copy of the candidate's disk that is thrown away. */
export const qemuTestMachines = (local: LocalTestMachines): TestMachines => {
  const running = new Polled<string, BootReport>(local.slice);
  const atWork = new Map<BakeId, () => Promise<void>>();
  const start = (order: TestOrder): Promise<BootReport> => {
    const scope = new AbortController();
    const signal = AbortSignal.any([local.signal, scope.signal]);
    const work = bootAndTest({ ...local, signal }, order).finally(() => atWork.delete(order.bake));
    atWork.set(order.bake, async () => {
      scope.abort();
      await work.catch(() => undefined); // whoever runs it hears of it
    });
    return work;
  };
  return {
    run: (order) =>
      running.answer(
        order.imageId,
        () => start(order),
        () => new TestsRunning(`the tests of ${order.imageId} are at work`),
      ),
    async release(bake) {
      const end = atWork.get(bake);
      await end?.();
      const left = await releaseTestFolder(local.paths)(bake);
      return end === undefined ? left : 1;
    },
  };
};

/** Of a process that died there is no machine either, which dies with it: there is its folder. */
export const releaseTestFolder =
  (paths: Paths): TestMachines["release"] =>
  async (bake) => {
    const folder = testFolder(paths, bake);
    const held = await stat(folder).then(
      () => 1,
      () => 0,
    );
    await rm(folder, { recursive: true, force: true });
    return held;
  };

const bootAndTest = async (local: LocalTestMachines, order: TestOrder): Promise<BootReport> => {
  const { tests } = order.recipe;
  const folder = testFolder(local.paths, order.bake);
  await mkdir(folder, { recursive: true });
  try {
    const accelerated = local.kvm ?? probeKvm();
    const [disk, kvm] = await Promise.all([preparedCopy(local, order, folder), accelerated]);
    const report = await bootAndRead({ ...local, folder, disk, kvm, tests });
    judge(report, tests, Date.now());
    return report;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const preparedCopy = async (
  local: LocalTestMachines,
  { bake, imageId, recipe }: TestOrder,
  folder: string,
): Promise<string> => {
  const image = await readRecord(imageRecord(local.paths, imageId), Image);
  if (image === undefined) throw new NotFound(`there is no image ${imageId}`);
  const disk = join(folder, "disk.raw");
  await copySparse(snapshotDisk(local.paths, image.snapshotId), disk, local.signal);
  const port = hostMachine().secondPortName;
  const job: TestJob = { kind: "test", bake, disk, port, tests: recipe.tests };
  const call = { job: join(folder, "job.json"), result: join(folder, "result.json") };
  await writeFile(call.job, JSON.stringify(job));
  await runAgentProcess(local, { ...call, secrets: {}, onEvent: local.events });
  return disk;
};
