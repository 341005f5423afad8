import { chmod, mkdir, open, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { bootAndRead } from "../../local/boot.ts";
import type { AgentEvent } from "../../core/agent-event.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Says lines on its console as often as it is started, and reports the time after that. */
const machine = (times: number, line: string) => `#!/bin/sh
for word; do case $word in file,id=report,path=*) report=\${word#*path=};; esac; done
echo >> "$(dirname "$report")/boots"
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
    const boots = (await readFile(join(folder.path, "boots"), "utf8")).length;
    return { failed, boots, said: JSON.stringify(events) };
  } finally {
    vi.unstubAllEnvs();
  }
};

const starved = "Kernel panic - not syncing: IO-APIC + timer doesn't work!";

describe("an image that is booted", () => {
  test("is booted again when an emulated machine's timers failed, which is said", async () => {
    const { failed, boots, said } = await boot(machine(2, starved));
    expect(failed).toBeUndefined();
    expect(boots).toBe(3);
    expect(said).toContain("booted again");
  });

  test.each([
    ["whose emulated timers fail a third time", machine(9, starved), false, 3],
    ["whose timers fail under KVM", machine(9, starved), true, 1],
    ["that panics for another reason", machine(9, "Kernel panic - not syncing: no init"), false, 1],
  ])("%s has not booted", async (_, script, kvm, times) => {
    const { failed, boots } = await boot(script, kvm);
    expect(failed).toContain('the image did not boot: its console says "Kernel panic"');
    expect(boots).toBe(times);
  });
});
