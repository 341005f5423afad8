import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ShellStep } from "../../core/step.ts";
import { type AgentRun, resultIn, runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { agentOf, peakMemory } from "../support/processes.ts";
import { sharedBake } from "../support/shared-bake.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Why the agent ended with one shell step. */
const run = async (inline: string, step: Partial<ShellStep> = {}, more: Partial<AgentRun> = {}) => {
  await using folder = await temporaryFolder();
  const steps = [shell(inline, step)];
  const { error } = await runAgent({ folder: folder.path, steps, ...more });
  return { error };
};

describe("a shell step", () => {
  beforeAll(() => void (process.env["OVENBIRD_TEST_HOST"] = "seen"));
  afterAll(() => void delete process.env["OVENBIRD_TEST_HOST"]);
  const shared = sharedBake({
    parameters: { GREETING: "Good morning", NAME: "bird" },
    bundle: {
      "scripts/greet.awk": '#!/bin/awk -f\nBEGIN { print "awk in", ENVIRON["PWD"] }\n',
    },
  });

  const environment = { NAME: "wren" };
  const greeting = shared.printed('echo "$GREETING, $NAME$NOTHING"', { environment });
  test("finds parameters in its environment, and its own environment over them", () => {
    expect(greeting()).toBe("Good morning, wren");
  });

  const env = shared.printed("env");
  test("finds nothing of this machine's environment", () => {
    expect(env()).not.toContain("OVENBIRD_TEST_HOST");
    expect(env()).toContain("HOME=/root");
  });

  const own = shared.printed("/bin/echo $PATH; /bin/echo $LD_PRELOAD", {
    environment: { PATH: "/opt/bin", LD_PRELOAD: "/nowhere.so" },
  });
  test("may have any environment: it is the step's, not that of what runs it", () => {
    expect(own()).toBe("/opt/bin\n/nowhere.so");
  });

  const there = shared.printed("pwd", { workingDirectory: "/home/bird" });
  test("runs in its working directory", () => {
    expect(there()).toBe("/home/bird");
  });

  test("stops at the first command that fails, and is named with its last lines", async () => {
    const { error } = await run("echo one; echo two >&2; cat /nowhere; echo three");
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain('step 1 "shell"');
    expect(error?.message).toContain("ended with status 1");
    expect(error?.message).toContain("one\ntwo\ncat: can't open '/nowhere'");
    expect(error?.message).not.toContain("three");
  });

  const three = shared.printed("echo three; exit 3", { allowedExitCodes: [0, 3] });
  test("may end with the statuses it allows, and with no other", async () => {
    expect(three()).toBe("three");
    expect((await run("exit 4", { allowedExitCodes: [0, 3] })).error).toMatchObject({
      message: expect.stringContaining("ended with status 4"),
    });
    expect((await run("exit 0", { allowedExitCodes: [3] })).error).toMatchObject({
      message: expect.stringContaining("ended with status 0"),
    });
  });

  const script = { inline: undefined, script: "scripts/greet.awk" };
  const greets = shared.printed("", script);
  test("runs a script by the script's own interpreter", () => {
    expect(greets()).toBe("awk in /");
  });

  const removes = shared.printed('rm -- "$0"; [ -e "$0" ] || echo gone');
  test("may remove its own script", () => {
    expect(removes()).toBe("gone");
  });

  test("that lasts too long is ended, and named with its last lines", async () => {
    const { error } = await run("echo begun; sleep infinity", { timeout: 1 });
    expect(error).toMatchObject({ name: "StepTimedOut" });
    expect(error?.message).toBe('step 1 "shell" did not end in 1 s; its last lines:\nbegun');
  });

  test("that ignores signals and leaves children is ended all the same", async () => {
    const { error } = await run(
      "trap '' TERM INT HUP; (trap '' TERM; setsid sleep infinity) & sleep infinity",
      { timeout: 1 },
    );
    expect(error).toMatchObject({ name: "StepTimedOut" });
  });

  test("whose own program is killed fails with the signal's status", async () => {
    const { error } = await run("kill -SEGV $$");
    expect(error?.message).toContain("ended with status 139");
  });

  test("that fills the disk is told so, with what would help", async () => {
    const { error } = await run("dd if=/dev/zero of=/fill bs=1M", {}, { size: 160 });
    expect(error?.message).toContain('step 1 "shell"');
    expect(error?.message).toContain(
      "the image's disk is full; root_volume_size is 1 GiB, give it more",
    );
    expect(error?.message).toContain("No space left on device");
  });

  test("may have a working directory that is not there: that is what it says", async () => {
    const { error } = await run("true", { workingDirectory: "/nowhere" });
    expect(error).toMatchObject({ name: "StepFailed" });
    expect(error?.message).toContain("/nowhere");
  });
});

describe("a step that floods", () => {
  const line = "0123456789".repeat(8);
  test.each([
    ["lines", `yes ${line} | head -c 200000000`],
    ["one line without end", "head -c 200000000 /dev/zero | tr '\\0' x"],
    ["a progress bar", `yes ${line} | tr '\\n' '\\r' | head -c 50000000`],
  ])("with %s takes little of the agent's memory, and little is passed on", async (_, script) => {
    await using folder = await temporaryFolder();
    let peak = 0;
    const ran = await runAgent({
      folder: folder.path,
      steps: [shell(script), shell("sleep 1", { name: "still there" })],
      onEvent(event) {
        if (event.event !== "step-started" || event.step !== "still there") return;
        peak = peakMemory(agentOf(folder.path)?.pid ?? 0);
      },
    });
    expect(ran.error).toBeUndefined();
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(200);
    expect(JSON.stringify(ran.events).length).toBeLessThan(16 * 1024 ** 2);
  });
});

describe("secrets", () => {
  const secrets = { TOKEN: "correct-horse-battery", KEY: "-----BEGIN\nline-one-of-key\n-----END" };

  const shared = sharedBake({ secrets });

  const prints = shared.printed(
    `stat -c '%a %U' /run/secrets /run/secrets/TOKEN
     wc -c < /run/secrets/TOKEN
     cat /run/secrets/TOKEN; echo
     cat /run/secrets/KEY; echo
     env | grep -c horse || true`,
  );
  test("are files in /run/secrets, for their step's eyes only, and masked in what it prints", () => {
    const shown = ["700 root", "400 root", "21", "***", "***", "***", "***", "0"];
    expect(prints().split("\n")).toEqual(shown);
  });

  test("are in no file of the image, no job and no result, even when the step fails", async () => {
    await using folder = await temporaryFolder();
    const steps = [shell("cat /run/secrets/TOKEN; cp /run/secrets/TOKEN /tmp/kept; exit 1")];
    const ran = await runAgent({ folder: folder.path, steps, secrets });
    expect(ran.error?.message).toContain("***");
    expect(JSON.stringify([ran.error?.message, ran.events])).not.toContain("horse");
    expect(await resultIn(folder.path)).not.toContain("horse");
    expect(await lookInside(ran.disk, `grep -c horse "$DISK" || true`)).toBe("0\n");
  });

  test("are gone when their step ends", async () => {
    expect(await shared.look(`ls -A run; grep -c horse "$DISK" || true`)).toEqual(["0"]);
  });

  shared.printed("rm -rf /run/* 2> /dev/null; true");
  shared.printed("mkdir -p /run/secrets");
  const count = shared.printed("cat /run/secrets/TOKEN | wc -c");
  test("reach steps after one that left something in their place", () => {
    expect(count()).toBe("21");
  });
});

describe("what a step leaves in /run", () => {
  test.each([
    ["/run/ovenbird", "rm -rf /run/ovenbird; ln -s OUTSIDE /run/ovenbird"],
    ["/run/secrets", "rm -rf /run/secrets; ln -s OUTSIDE /run/secrets"],
    ["/run/ovenbird/script", "ln -sf OUTSIDE/script /run/ovenbird/script"],
  ])("as %s leads no file of the agent's onto this machine", async (_, script) => {
    await using folder = await temporaryFolder();
    await using outside = await temporaryFolder();
    const secrets = { TOKEN: "correct-horse-battery" };
    const names = ["TOKEN", "script"];
    for (const name of names) await writeFile(join(outside.path, name), "this machine's");
    const steps = [
      shell(script.replaceAll("OUTSIDE", outside.path)),
      shell("true", { name: "second" }),
    ];
    await runAgent({ folder: folder.path, steps, secrets });
    expect(await readdir(outside.path)).toEqual(names);
    for (const name of names) {
      expect(await readFile(join(outside.path, name), "utf8")).toBe("this machine's");
    }
  });
});
