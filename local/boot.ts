import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { AgentEvent } from "../core/agent-event.ts";
import { TestsFailed } from "../core/errors.ts";
import type { BootReport, ImageTest } from "../core/job.ts";
import { readReport } from "../core/boot-report.ts";
import { runChild } from "./child.ts";
import { firmwareArguments, hostMachine, processorArguments, throwAwayDisk } from "./qemu.ts";

export interface BootOrder {
  folder: string;
  disk: string;
  kvm: boolean;
  tests: readonly ImageTest[];
  signal: AbortSignal;
  /** The bake's lock: the machine holds it too. */
  lock: number;
  events(event: AgentEvent): void;
}

const step = "Boot the image";

/** MiB: what a small cloud instance has. */
const memory = 1024;

/** Seconds until the tests begin: with emulation we saw 12 to 40, with a busy machine double. */
const bootPatience = 600;

/** Bytes of a report; a thousand tests with all the output they may keep stay below. */
const reportLimit = 8 * 1024 ** 2;

/** Boots the disk with no network but DHCP, and reads what it reports. Throws TestsFailed. */
export const bootAndRead = async (order: BootOrder): Promise<BootReport> => {
  const started = Date.now();
  order.events({ event: "step-started", at: started, step });
  const report = await bootAgain(order).catch((error: unknown) => {
    tellEnd(order, started, "failed");
    throw error;
  });
  tellEnd(order, started, "succeeded");
  for (const { name, exitCode, seconds } of report.tests) {
    const status = exitCode === 0 ? "succeeded" : "failed";
    order.events({ event: "step-started", at: Date.now(), step: name });
    order.events({ event: "step-finished", at: Date.now(), step: name, status, seconds });
  }
  return report;
};

const tellEnd = (order: BootOrder, started: number, status: "succeeded" | "failed"): void => {
  const at = Date.now();
  order.events({ event: "step-finished", at, step, status, seconds: (at - started) / 1000 });
};

/**
 * Linux compares a machine's timers when it boots. An emulated one that got no processor for a
 * moment fails that, whatever is on its disk.
 */
const starved = "IO-APIC + timer doesn't work";

/**
 * Linux changes its own code while it runs. Of two processors that are emulated on a busy machine
 * one may run what the other has half changed, which ends a sound kernel by such a panic. With one
 * that cannot be, but every boot would take half as long again.
 */
const crashed = "Kernel panic - not syncing: Fatal exception";

/** Boots; where the emulator may have had trouble of its own, twice more. */
const bootAgain = async (
  order: BootOrder,
  left = order.kvm ? 0 : 2,
  processors: 1 | 2 = 2,
): Promise<BootReport> => {
  try {
    return await readWhileBooting(order, processors);
  } catch (error) {
    if (!(error instanceof TestsFailed) || left === 0) throw error;
    const again = (text: string, next: 1 | 2) => {
      order.events({ event: "step-output", at: Date.now(), step, text });
      return bootAgain(order, left - 1, next);
    };
    if (error.message.includes(starved)) {
      return again("the emulator's timers failed on a busy machine: booted again", processors);
    }
    if (error.message.includes(crashed) && processors > 1) {
      return again("the kernel crashed, maybe by emulation: booted again, with one processor", 1);
    }
    throw error;
  }
};

const readWhileBooting = async (order: BootOrder, processors: 1 | 2): Promise<BootReport> => {
  const path = join(order.folder, "report");
  const seconds = bootPatience + order.tests.reduce((sum, { timeout }) => sum + timeout, 0);
  const stop = new AbortController();
  const console = watchConsole(order, (reason) => stop.abort(reason));
  const signal = AbortSignal.any([order.signal, stop.signal]);
  const limits = new AbortController();
  const guard = Promise.all([
    after(seconds, limits.signal, () => stop.abort(`it did not report within ${seconds} s`)),
    watchSize(path, limits.signal, () => stop.abort(`its report is over ${reportLimit} bytes`)),
  ]);
  try {
    const argv = await command(order, path, processors);
    const end = await runChild({ argv, fd: order.lock, signal, onLine: console.line });
    order.signal.throwIfAborted();
    const report = readReport(await readFile(path, "utf8").catch(() => ""), order.tests);
    if (report !== undefined) return report;
    const reason = stop.signal.aborted ? String(stop.signal.reason) : "the machine ended too early";
    throw new TestsFailed(
      `the image did not boot: ${reason}\n${[...console.last(), end.complaint.trim()].join("\n")}`,
    );
  } finally {
    limits.abort();
    await guard;
  }
};

const command = async (order: BootOrder, report: string, processors: 1 | 2): Promise<string[]> => {
  const machine = hostMachine();
  return [
    machine.program,
    ...machine.arguments,
    ...processorArguments(order.kvm, memory, processors),
    ...(await firmwareArguments()),
    ...throwAwayDisk(order.disk),
    // DHCP and nothing else: neither this machine's services nor the network beyond it
    ...["-nic", "user,model=virtio-net-pci,restrict=on"],
    ...["-device", "virtio-rng-pci"],
    ...["-display", "none", "-monitor", "none", "-no-reboot", "-serial", "stdio"],
    ...["-chardev", `file,id=report,path=${report.replaceAll(",", ",,")}`],
    ...machine.secondPort("report"),
  ];
};

/** What a console says when a boot has come to nothing: no use in waiting. */
const hopeless = [
  "Kernel panic",
  "normal.mod' not found", // GRUB goes on to its rescue shell
  "You are in emergency mode",
  "Dropping to a shell", // an initramfs that found no root file system
  "No bootable device",
  "UEFI Interactive Shell",
];

const keptLines = 20;

const watchConsole = (order: BootOrder, stop: (reason: string) => void) => {
  const last: string[] = [];
  return {
    last: () => last,
    line(text: string) {
      last.push(text);
      if (last.length > keptLines) last.shift();
      order.events({ event: "step-output", at: Date.now(), step, text });
      const sign = hopeless.find((words) => text.includes(words));
      if (sign !== undefined) stop(`its console says "${sign}"`);
    },
  };
};

const after = (seconds: number, signal: AbortSignal, act: () => void): Promise<void> =>
  sleep(seconds * 1000, undefined, { signal }).then(act, () => undefined);

const watchSize = async (path: string, signal: AbortSignal, act: () => void): Promise<void> => {
  while (!signal.aborted) {
    await sleep(1000, undefined, { signal }).catch(() => undefined);
    const size = await stat(path).then(
      ({ size }) => size,
      () => 0,
    );
    if (size > reportLimit) return act();
  }
};
