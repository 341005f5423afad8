import { chmod, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { bootAndRead } from "../../local/boot.ts";
import type { AgentEvent } from "../../core/agent-event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Says lines on its console as often as it is started, and reports the time after that. */
const machine = (times: number, line: string) => `#!/bin/sh
for word; do
  case $word in file,id=report,path=*) report=\${word#*path=};; esac
  if [ "$last" = -smp ]; then processors=$word; fi
  last=$word
done
echo "$processors" >> "$(dirname "$report")/boots"
if [ "$(wc -l < "$(dirname "$report")/boots")" -le ${times} ]; then echo "${line}"; exec sleep 60; fi
printf '%s\\n' "address 10.0.2.15/24" "clock $(date +%s)" end > "$report"
`;

const boot = async (script: string, kvm = false) => {
  await using folder = await temporaryFolder();
  const shim = join(folder.path, "shim");
  await mkdir(shim);
  for (const name of ["qemu-system-x86_64", "qemu-system-aarch64"]) {
    await writeFile(join(shim, name), script);
    await chmod(join(shim, name), 0o755);
  }
  vi.stubEnv("PATH", [shim, process.env["PATH"]].join(delimiter));
  await using lock = await open(join(folder.path, "lock"), "w");
  const events: AgentEvent[] = [];
  const order = { folder: folder.path, disk: "/dev/null", kvm, tests: [], lock: lock.fd };
  const signal = new AbortController().signal;
  try {
    const report = bootAndRead({ ...order, signal, events: (event) => events.push(event) });
    const failed = await report.then(
      () => undefined,
      (error: Error) => error.message,
    );
    const processors = (await readFile(join(folder.path, "boots"), "utf8")).trim().split("\n");
    return { failed, processors, said: JSON.stringify(events) };
  } finally {
    vi.unstubAllEnvs();
  }
};

const starved = "Kernel panic - not syncing: IO-APIC + timer doesn't work!";
const crashed = "Kernel panic - not syncing: Fatal exception in interrupt";

describe("an image that is booted", () => {
  test("is booted again when an emulated machine's timers failed, which is said", async () => {
    const { failed, processors, said } = await boot(machine(2, starved));
    expect(failed).toBeUndefined();
    expect(processors).toEqual(["2", "2", "2"]);
    expect(said).toContain("booted again");
  });

  test("is booted again with one processor when it crashed with two that are emulated, which is said", async () => {
    const { failed, processors, said } = await boot(machine(1, crashed));
    expect(failed).toBeUndefined();
    expect(processors).toEqual(["2", "1"]);
    expect(said).toContain("booted again, with one processor");
  });

  test.each([
    ["whose emulated timers fail a third time", machine(9, starved), false, ["2", "2", "2"]],
    ["whose timers fail under KVM", machine(9, starved), true, ["2"]],
    ["that crashes with one processor, too", machine(9, crashed), false, ["2", "1"]],
    ["that crashes under KVM", machine(9, crashed), true, ["2"]],
    [
      "that panics for another reason",
      machine(9, "Kernel panic - not syncing: no init"),
      false,
      ["2"],
    ],
  ])("%s has not booted", async (_, script, kvm, booted) => {
    const { failed, processors } = await boot(script, kvm);
    expect(failed).toContain('the image did not boot: its console says "Kernel panic"');
    expect(processors).toEqual(booted);
  });
});
