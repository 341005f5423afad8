import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { killedBakes } from "../support/killed-bakes.ts";
import { ovenbird } from "../support/ovenbird.ts";

const recipe = join(import.meta.dirname, "../../recipes/debian-web.yaml");

test("50 bakes killed at random moments leave a published image as it was, and nothing else", async () => {
  const state = await mkdtemp(join(tmpdir(), "ovenbird-killed-"));
  try {
    const baked = await ovenbird(["bake", recipe, "--state", state]);
    expect(baked.status, baked.stderr).toBe(0);
    const [snapshot = ""] = await readdir(join(state, "snapshots"));
    const disk = join(state, "snapshots", snapshot, "disk.raw");
    await killedBakes({ state, disk, moments: 50, within: 60_000 });
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});
