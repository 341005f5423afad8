import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { builderEnd, endProgram, testMachineEnd } from "../../../aws/machine/end-timer.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const run = promisify(execFile);

/** Runs the builder's service with a metadata service that says so, until it sleeps the first time. */
const ended = async (end: Date, keptUntil?: Date): Promise<boolean> => {
  await using folder = await temporaryFolder();
  const state = join(folder.path, "state");
  const programs = join(folder.path, "bin");
  await mkdir(state);
  await mkdir(programs);
  await writeFile(join(state, "end"), `${Math.floor(end.getTime() / 1000)}\n`);
  const answer = keptUntil === undefined ? "exit 22" : `echo ${keptUntil.toISOString()}`;
  const program = async (name: string, text: string) => {
    await writeFile(join(programs, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(programs, name), 0o755);
  };
  await program("curl", `case "$*" in *keep-until*) ${answer};; *api/token*) echo TOKEN;; esac`);
  await program("systemctl", `echo "$*" >> ${state}/called`);
  await program("sleep", "kill $PPID");
  const path = `${programs}:${process.env["PATH"]}`;
  await run("/bin/sh", ["-c", endProgram({ state, program: "" })], { env: { PATH: path } }).catch(
    () => undefined, // killed when it sleeps
  );
  return (await readFile(join(state, "called"), "utf8").catch(() => "")).includes("poweroff");
};

const minute = 60_000;
const past = new Date(Date.now() - minute);
const future = new Date(Date.now() + minute);

describe("a builder", () => {
  test("ends when its time is up", async () => {
    expect(await ended(past)).toBe(true);
    expect(await ended(future)).toBe(false);
  });

  test("that is kept ends when that is over", async () => {
    expect(await ended(past, future)).toBe(false);
    expect(await ended(past, past)).toBe(true);
  });

  test("is not ended sooner because it was kept for less than its time", async () => {
    expect(await ended(future, past)).toBe(false);
  });
});

test.each([
  ["builder", builderEnd(6)],
  ["test machine", testMachineEnd(30)],
])("the user data of a %s is a program that a shell can read", async (_, text) => {
  expect(text).toMatch(/^#!\/bin\/sh\n/);
  expect(Buffer.byteLength(text)).toBeLessThan(16_384); // EC2's limit
  await run("/bin/sh", ["-n", "-c", text]);
});
