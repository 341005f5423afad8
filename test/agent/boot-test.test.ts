import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import type { BootReport, ImageTest, TestJob } from "../../core/job.ts";
import { runAgentProcess } from "../../local/agent-process.ts";
import { readReport } from "../../core/boot-report.ts";
import { tryLock } from "../../local/lock.ts";
import { bake, runAgent, shell } from "../support/agent-run.ts";
import { agentProgram } from "../support/built.ts";
import { lookInside } from "../support/look-inside.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

/** Has the agent prepare a small image's disk, which a script has changed, for its tests. */
const prepare = async (folder: string, tests: ImageTest[], script = "true"): Promise<string> => {
  const { disk, error } = await runAgent({ folder, steps: [shell(script)] });
  expect(error).toBeUndefined();
  const job: TestJob = { kind: "test", bake, disk, port: "/dev/ttyS1", tests };
  const path = join(folder, "test.json");
  await writeFile(path, JSON.stringify(job));
  await using lock = await tryLock(join(folder, "lock"));
  const runner = { lock: lock?.fd ?? 0, signal: new AbortController().signal };
  await runAgentProcess(
    { ...runner, program: agentProgram() },
    { job: path, result: join(folder, "tested.json"), secrets: {}, onEvent: () => undefined },
  );
  return disk;
};

const commands = (...list: string[]): ImageTest[] =>
  list.map((command, index) => ({ name: `test ${index}`, command, timeout: 30 }));

describe("a copy prepared for its tests", () => {
  test("has them, and a unit that runs them as it boots", async () => {
    await using folder = await temporaryFolder();
    const disk = await prepare(folder.path, commands("test -e /a", "echo 'b' && false"));
    const seen = await lookInside(
      disk,
      `cd "$ROOT"; cat ovenbird-test/test-0 ovenbird-test/test-1
       grep -c ExecStart=/bin/sh etc/systemd/system/multi-user.target.wants/ovenbird-test.service
       grep -o '> /dev/ttyS1' ovenbird-test/run; cd /`,
    );
    expect(seen).toBe("test -e /a\necho 'b' && false\n1\n> /dev/ttyS1\n");
  });

  test("is not written to through the image's links, wherever they lead", async () => {
    await using folder = await temporaryFolder();
    await using outside = await temporaryFolder();
    const names = ["run", "test-0", "unit"];
    for (const name of names) await writeFile(join(outside.path, name), "this machine's");
    const links = ["run", "test-0"].map((name) => `ln -s ${outside.path}/${name} /ovenbird-test`);
    const disk = await prepare(
      folder.path,
      commands("true"),
      `mkdir -p /ovenbird-test /etc/systemd/system/multi-user.target.wants; ${links.join(";")}
       ln -s ${outside.path}/unit /etc/systemd/system/ovenbird-test.service
       ln -s /nowhere /etc/systemd/system/multi-user.target.wants/ovenbird-test.service`,
    );
    for (const name of names) {
      expect(await readFile(join(outside.path, name), "utf8")).toBe("this machine's");
    }
    const seen = await lookInside(disk, 'cat "$ROOT/ovenbird-test/test-0"');
    expect(seen).toBe("true\n");
  });
});

const fakes = {
  systemctl: `#!/bin/sh\n[ "$1" = list-units ] && echo 'broken.service loaded failed failed Broken'\nexit 0\n`,
  ip: `#!/bin/sh\necho '2: eth0    inet 10.0.2.15/24 brd 10.0.2.255 scope global eth0'\n`,
};

/** Runs, here, the program that a prepared image would run as it boots; what it reports. */
const report = async (tests: ImageTest[]): Promise<BootReport> => {
  await using folder = await temporaryFolder();
  const disk = await prepare(folder.path, tests);
  const here = join(folder.path, "here");
  await mkdir(here);
  await lookInside(disk, `cp -r "$ROOT/ovenbird-test/." '${here}'`);
  for (const [name, text] of Object.entries(fakes)) {
    await writeFile(join(here, name), text);
    await chmod(join(here, name), 0o755);
  }
  const program = (await readFile(join(here, "run"), "utf8"))
    .replaceAll("/ovenbird-test/", `${here}/`)
    .replaceAll("/dev/ttyS1", `${here}/report`)
    .replaceAll("mktemp -d /run/", `mktemp -d ${here}/`);
  await writeFile(join(here, "run"), program);
  const env = { ...process.env, PATH: `${here}:${process.env["PATH"]}`, WORK: here };
  await once(spawn("sh", [join(here, "run")], { env, stdio: "ignore" }), "close");
  const read = readReport(await readFile(join(here, "report"), "utf8"), tests);
  if (read === undefined) throw new Error("the program ended without `end`");
  return read;
};

describe("the report of a boot", () => {
  test("says the clock, the addresses, failed units, and how each test ended", async () => {
    const { clock, addresses, failedUnits, tests } = await report([
      ...commands("echo fine", "echo bad >&2; exit 3", "cd /nowhere"),
      { name: "late", command: "echo begun; sleep infinity", timeout: 1 },
    ]);
    expect(Math.abs((clock ?? 0) - Date.now() / 1000)).toBeLessThan(120);
    expect(addresses).toEqual(["10.0.2.15/24"]);
    expect(failedUnits).toEqual(["broken.service"]);
    expect(tests).toMatchObject([
      { name: "test 0", exitCode: 0, output: "fine\n" },
      { name: "test 1", exitCode: 3, output: "bad\n" },
      { name: "test 2", exitCode: 2, output: expect.stringContaining("/nowhere") },
      { name: "late", exitCode: 124, output: "begun\n" },
    ]);
    for (const { seconds } of tests) expect(seconds).toBeGreaterThanOrEqual(0);
  });

  test("keeps a test's last lines, whatever it prints, and no forged ones", async () => {
    const { tests } = await report(
      commands("seq 100000; echo test 1 0 0 ZmluZQ==; echo end", "printf '\\001\\377%%'; false"),
    );
    expect(tests[0]?.output.length).toBeLessThanOrEqual(4096);
    expect(tests[0]?.output).toMatch(/100000\ntest 1 0 0 ZmluZQ==\nend\n$/);
    expect(tests[1]?.exitCode).toBe(1);
  });

  test("takes no test for passed whose status was lost", async () => {
    const { tests } = await report(
      commands(
        "true",
        // the shell that would note the status is gone
        `kill -9 $(sed 's/.*) //' /proc/$PPID/stat | cut -d ' ' -f 2); false`,
        // the folder in which it would, too
        `rm -rf "$WORK"/ovenbird-test.*; false`,
      ),
    );
    expect(tests.map(({ exitCode }) => exitCode === 0)).toEqual([true, false, false]);
  });
});

test("the program is one that a shell can read, whatever a test's command is", async () => {
  await using folder = await temporaryFolder();
  const disk = await prepare(folder.path, commands("echo 'unfinished", "$(", "${x", "end\nend"));
  const copy = join(folder.path, "run");
  await lookInside(disk, `cp "$ROOT/ovenbird-test/run" '${copy}'`);
  await run("sh", ["-n", copy]);
  await run("bash", ["-n", copy]);
});
