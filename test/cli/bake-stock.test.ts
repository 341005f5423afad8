import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { stockOrigin } from "../support/stock-origin.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

const run = promisify(execFile);

let kitchen: Kitchen;
let packed: string;

beforeAll(async () => {
  kitchen = await openKitchen();
  packed = join(kitchen.folder, "stock.qcow2");
  await run("qemu-img", ["convert", "-O", "qcow2", kitchen.plain, packed]);
});
afterAll(() => kitchen[Symbol.asyncDispose]());

/** What is left in the state directory of a bake that was refused. */
const refused = async (origin: Record<string, string>) => {
  const { status, stderr, printed } = await kitchen.bake({ name: "stock", origin });
  expect(status, printed).toBe(1);
  expect(await leftBehind(kitchen.state)).toEqual([]);
  const imported = await readdir(join(kitchen.state, "snapshots")).catch(() => []);
  return { stderr, imported };
};

test("a stock disk whose digest the recipe does not say is refused before it is imported", async () => {
  const { digest } = await stockOrigin(packed);
  const { stderr, imported } = await refused({ file: packed });
  expect(stderr).toMatch(/pinned: the recipe does not say which digest stock\.qcow2 has/);
  expect(stderr).toContain(`write that below the origin's file: digest: ${digest}`);
  expect(imported).toEqual([]);
});

test("one with another digest is refused before it is imported, by its path and both digests", async () => {
  const { digest } = await stockOrigin(packed);
  const other = digest.replace(/[0-9a-f]{64}$/, "0".repeat(64));
  const { stderr, imported } = await refused({ file: packed, digest: other });
  expect(stderr).toContain(`${packed} has the digest ${digest}, and the recipe wants ${other}`);
  expect(stderr).toContain("fetch it from its publisher again");
  expect(imported).toEqual([]);
});
