import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { leftBehind } from "../support/left-behind.ts";
import { eventsOf, ovenbird } from "../support/ovenbird.ts";

const recipe = join(import.meta.dirname, "../../recipes/debian-base.yaml");

test("recipes/debian-base.yaml is baked, and has EC2's drivers in its initramfs when it boots", async () => {
  const state = await mkdtemp(join(tmpdir(), "ovenbird-base-"));
  try {
    const ran = await ovenbird(["bake", recipe, "--state", state, "--json"]);
    expect(ran.status, ran.stderr + ran.stdout.slice(-3000)).toBe(0);
    expect(eventsOf(ran)).toContainEqual(
      expect.objectContaining({
        event: "step-finished",
        step: "the initramfs finds EC2's disks and network",
        status: "succeeded",
      }),
    );
    expect(await leftBehind(state)).toEqual([]);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
});
