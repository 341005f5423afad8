import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ovenbird } from "../support/ovenbird.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/*
 * recipes/debian-base.yaml twice, in two state directories, with a step more that installs packages,
 * and without its tests: they are nothing of the image, and the machine that they would run on is
 * stood in for. Both bakes take their packages from the same cache, and so at the same versions
 * unless the archive changes in between.
 */

let kitchens: Kitchen[];

/** Milliseconds. */
const patience = 1_200_000;

const base = async (): Promise<Record<string, unknown>> => {
  const path = join(import.meta.dirname, "../../recipes/debian-base.yaml");
  const { image } = parse(await readFile(path, "utf8")) as { image: Record<string, unknown> };
  const { tests: _, ...rest } = image;
  // programs with a library: what its installation has written anew is in the image, too
  return { ...rest, configure: [...(rest["configure"] as unknown[]), { packages: ["jq"] }] };
};

interface Shown {
  imageId: string;
  treeDigest: string;
}

const shown = async ({ state }: Kitchen, name: string): Promise<Shown> =>
  JSON.parse((await ovenbird(["show", name, "--state", state, "--json"])).stdout) as Shown;

beforeAll(async () => {
  kitchens = [await openKitchen(), await openKitchen()];
  const [first, second] = kitchens;
  if (first !== undefined && second !== undefined) {
    second.env["XDG_CACHE_HOME"] = first.env["XDG_CACHE_HOME"] ?? "";
  }
  const { name, origin, configure, ...image } = await base();
  const order = { name, origin, configure, image, patience } as Parameters<Kitchen["bake"]>[0];
  for (const kitchen of kitchens) {
    const { status, printed } = await kitchen.bake({ ...order, options: ["--no-cache"] });
    if (status !== 0) throw new Error(printed);
  }
});
afterAll(async () => {
  for (const kitchen of kitchens) await kitchen[Symbol.asyncDispose]();
});

test("two bakes of debian-base, with packages by a step, have the same digest of their trees", async () => {
  const [one, other] = await Promise.all(kitchens.map((kitchen) => shown(kitchen, "debian-base")));
  expect(one?.treeDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(other?.treeDigest).toBe(one?.treeDigest);
});

test("what differs, when a step writes the time, is named by diff, and nothing else", async () => {
  const [kitchen] = kitchens;
  if (kitchen === undefined) throw new Error("there is no kitchen");
  const built: Shown[] = [];
  for (let count = 0; count < 2; count++) {
    const configure = [
      { name: "note the time", shell: "date +%s.%N > /etc/built; echo x > /etc/x" },
    ];
    const origin = { recipe: "debian-base" };
    const { status, printed } = await kitchen.bake({ name: "dated", origin, configure });
    expect(status, printed).toBe(0);
    built.push(await shown(kitchen, "dated"));
  }
  const [one, other] = built;
  expect(one?.treeDigest).not.toBe(other?.treeDigest);
  const ids = built.map(({ imageId }) => imageId);
  const { stdout } = await ovenbird(["diff", ...ids, "--state", kitchen.state, "--json"]);
  const { packages, files } = JSON.parse(stdout) as {
    packages: Record<string, unknown[]>;
    files: { added: unknown[]; removed: unknown[]; changed: { path: string; what: string[] }[] };
  };
  expect(Object.values(packages).flat()).toEqual([]);
  expect([files.added, files.removed]).toEqual([[], []]);
  expect(files.changed.map(({ path }) => path)).toEqual(["/etc/built"]);
  expect(files.changed[0]?.what).toContain("content");
});
