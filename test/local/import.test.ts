import { open, rm, stat, truncate } from "node:fs/promises";
import { expect, test } from "vitest";
import { importStockDisk, snapshotOf, type StockAncestor } from "../../local/import.ts";
import { snapshotDisk } from "../../local/paths.ts";
import { openState } from "../support/local-state.ts";
import { compare, never, openDisks } from "./disk-format/disks.ts";

const approve = async () => {};

test("an imported disk is used again until somebody writes to it: then it is imported anew", async () => {
  await using disks = await openDisks();
  await using state = await openState();
  const { paths } = state;
  const file = disks.at("disk.raw");
  const use = async (digest?: string) => {
    const reference = { kind: "file" as const, file, ...(digest !== undefined && { digest }) };
    const bake = await state.newBake();
    const order = { paths, bake, reference, approve, signal: never };
    return importStockDisk({ ...order, recipeFolder: disks.path });
  };
  const first = await use();
  const disk = snapshotDisk(paths, first.snapshotId);
  const { ino } = await stat(disk);
  const same = { ...first, demanded: true };
  expect(await use(first.digest)).toEqual(same);
  expect((await stat(disk)).ino).toBe(ino);
  {
    await using written = await open(disk, "r+");
    await written.write(Buffer.from("x"), 0, 1, 10);
  }
  expect(await use(first.digest)).toEqual(same);
  await compare(file, disk);
  // where the file is gone, what is at hand must be as it was imported
  await rm(file);
  expect(await use(first.digest)).toEqual(same);
  await truncate(disk, 512);
  await expect(use(first.digest)).rejects.toThrow(/disk\.raw/);
  await expect(stat(disk)).rejects.toMatchObject({ code: "ENOENT" });
});

test("an ancestor tells whether the recipe said its digest, or whether it was only found", async () => {
  await using disks = await openDisks();
  await using state = await openState();
  const use = async (more: { digest?: string }) => {
    const reference = { kind: "file" as const, file: disks.at("disk.raw"), ...more };
    const { paths } = state;
    const bake = await state.newBake();
    const order = { paths, bake, reference, approve, signal: never };
    return importStockDisk({ ...order, recipeFolder: disks.path });
  };
  const { digest, demanded } = await use({});
  expect(demanded).toBe(false);
  expect((await use({ digest })).demanded).toBe(true);
  expect((await use({})).demanded).toBe(false);
});

test("a disk is shown as what it would be before it is imported, and not made when it is refused", async () => {
  await using disks = await openDisks();
  await using state = await openState();
  const { paths } = state;
  const file = disks.at("disk.raw");
  const bake = await state.newBake();
  const order = { paths, bake, recipeFolder: disks.path, signal: never };
  const reference = { kind: "file" as const, file };
  const shown: StockAncestor[] = [];
  const refusing = importStockDisk({
    ...{ ...order, reference },
    approve: async (ancestor) => {
      shown.push(ancestor);
      throw new Error("not this one");
    },
  });
  await expect(refusing).rejects.toThrow("not this one");
  await expect(stat(snapshotDisk(paths, shown[0]?.snapshotId ?? snapshotOf("")))).rejects.toThrow(
    "ENOENT",
  );
  expect(shown).toEqual([await importStockDisk({ ...order, reference, approve })]);
});
