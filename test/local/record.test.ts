import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import * as z from "zod";
import { readRecord, writeRecord } from "../../local/record.ts";
import { startProgram } from "../support/start-program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const Record = z.strictObject({ count: z.int(), text: z.string() });

test("a record is read as it was written", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "record.json");
  const record = { count: 1, text: "grüße\n\u0000" };
  await writeRecord(path, record, folder.path);
  expect(await readRecord(path, Record)).toEqual(record);
  expect(await readdir(folder.path)).toEqual(["record.json"]);
});

test("where there is no record, there is none", async () => {
  await using folder = await temporaryFolder();
  expect(await readRecord(join(folder.path, "record.json"), Record)).toBeUndefined();
});

test.each([
  ["cut short", '{"count": 1, "te'],
  ["empty", ""],
  ["of another version", '{"count": 1, "text": "", "more": true}'],
  ["of another shape", "[]"],
])("a record that is %s is named as corrupt, with its path", async (_, text) => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "record.json");
  await writeFile(path, text);
  await expect(readRecord(path, Record)).rejects.toMatchObject({
    name: "CorruptRecord",
    message: expect.stringContaining(path),
  });
});

test("a record that cannot be written leaves the old one, and nothing aside", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "record.json");
  await mkdir(join(folder.path, "aside"));
  await writeRecord(path, { count: 1, text: "old" }, folder.path);
  await mkdir(join(folder.path, "taken"));
  const write = writeRecord(join(folder.path, "taken"), { count: 2 }, join(folder.path, "aside"));
  await expect(write).rejects.toThrow();
  expect(await readdir(join(folder.path, "aside"))).toEqual([]);
  expect(await readRecord(path, Record)).toEqual({ count: 1, text: "old" });
});

test("a reader sees a whole record, at whatever moment its writer is killed", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "record.json");
  await mkdir(join(folder.path, "aside"));
  let kills = 0;
  let reads = 0;
  while (kills < 15) {
    await using writer = await startProgram("write-records.ts", [folder.path]);
    const end = Date.now() + Math.random() * 60;
    while (Date.now() < end) {
      isWhole(await readRecord(path, Record));
      reads++;
      await sleep(1);
    }
    await writer.kill();
    kills++;
    isWhole(await readRecord(path, Record));
  }
  expect(reads).toBeGreaterThan(15);
  expect(await readFile(path, "utf8")).toMatch(/\n$/);
});

const isWhole = (record: z.infer<typeof Record> | undefined): void => {
  if (record === undefined) return;
  const { count, text } = record;
  expect(text.length).toBe(1 + ((count * 7919) % 200_000));
  expect(text.at(-1)).toBe(String(count % 10));
};
