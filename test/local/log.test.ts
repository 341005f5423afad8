import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { BakeEvent } from "../../core/bake-event.ts";
import { openLog } from "../../local/log.ts";
import { someBake } from "../support/local-state.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const bake = someBake();

const output = (text: string): BakeEvent => ({
  ...{ event: "step-output", at: 1, step: "work", text, bake },
});
const entered: BakeEvent = { event: "state-entered", at: 1, state: "RunAgent", bake };

const eventsIn = async (path: string): Promise<BakeEvent[]> =>
  (await readFile(path, "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => BakeEvent.parse(JSON.parse(line)));

test("a log has each event as a line, in order, for its owner's eyes only", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "log.jsonl");
  {
    await using log = openLog(path);
    for (const event of [entered, output("one\ntwo"), output("three")]) log.write(event);
  }
  expect(await eventsIn(path)).toEqual([entered, output("one\ntwo"), output("three")]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("beyond its limit a log leaves out what steps print, and nothing else", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "log.jsonl");
  {
    await using log = openLog(path);
    for (let count = 0; count < 60; count++) log.write(output("x".repeat(1024 ** 2)));
    log.write(entered);
  }
  expect((await stat(path)).size).toBeLessThan(40 * 1024 ** 2);
  expect((await eventsIn(path)).at(-1)).toEqual(entered);
});

test.each(["/dev/full", "/nowhere/log.jsonl"])(
  "a log that cannot be written, as %s, ends nothing",
  async (path) => {
    const log = openLog(path);
    log.write(entered);
    await log[Symbol.asyncDispose]();
    const late = openLog(path);
    await new Promise((resolve) => setTimeout(resolve, 50));
    late.write(entered);
    await late[Symbol.asyncDispose]();
  },
);
