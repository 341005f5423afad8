import { execFile } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { layOut, sector, sfdiskScript } from "../../agent/layout.ts";
import { run } from "../../agent/run.ts";
import type { FileSystem } from "../../core/origin.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

describe.each([1, 2, 4, 8, 16, 100, 16384])("a disk of %s GiB", (size) => {
  const { biosBoot, esp, root } = layOut(size * gibibyte, "ext4", "x86_64", "one");
  const partitions = [biosBoot, esp, root].toSorted((one, other) => one.start - other.start);

  test("has its partitions on whole mebibytes", () => {
    for (const { start, size } of partitions)
      expect([start % mebibyte, size % mebibyte]).toEqual([0, 0]);
  });

  test("has no two partitions in one place, and room for the table at both ends", () => {
    let end = mebibyte;
    for (const { start, size } of partitions) {
      expect(start).toBeGreaterThanOrEqual(end);
      end = start + size;
    }
    expect(end).toBe(size * gibibyte - mebibyte);
  });

  test("has the root last, so that it can grow", () => {
    expect(partitions.at(-1)).toBe(root);
    expect(root.number).toBe(1);
  });
});

test("sfdisk makes of the layout just what it says", async () => {
  await using folder = await temporaryFolder();
  const disk = join(folder.path, "disk.raw");
  await using file = await open(disk, "w");
  await file.truncate(gibibyte);
  const layout = layOut(gibibyte, "ext4", "arm64", "one");
  await run(["sfdisk", "--quiet", "--no-tell-kernel", disk], { input: sfdiskScript(layout) });
  const { stdout } = await promisify(execFile)("sfdisk", ["--json", disk]);
  const table = JSON.parse(stdout) as {
    partitiontable: { label: string; partitions: Record<string, unknown>[] };
  };
  expect(table.partitiontable.label).toBe("gpt");
  const { biosBoot, esp, root } = layout;
  expect(table.partitiontable.partitions).toMatchObject(
    [root, biosBoot, esp].map(({ number, name, type, start, size, uuid }) => ({
      ...{ node: `${disk}${number}`, name, type, uuid: uuid.toUpperCase() },
      ...{ start: start / sector, size: size / sector },
    })),
  );
});

const of = (seed: string, fileSystem: FileSystem = "ext4") =>
  layOut(gibibyte, fileSystem, "x86_64", seed);

test("what is installed alike has the same UUIDs and serial, and what is not has others", () => {
  expect(of("one")).toEqual(of("one"));
  const [one, other] = [of("one"), of("other")];
  const all = ({ tableUuid, biosBoot, esp, root, rootUuid, espSerial }: typeof one) => [
    ...[tableUuid, biosBoot.uuid, esp.uuid, root.uuid, rootUuid, espSerial],
  ];
  expect(new Set([...all(one), ...all(other)]).size).toBe(12);
  expect(one.espSerial).toMatch(/^[0-9A-F]{8}$/);
});

test("a Btrfs has a UUID of its own each time", () => {
  expect(of("one", "btrfs").rootUuid).not.toBe(of("one", "btrfs").rootUuid);
});
