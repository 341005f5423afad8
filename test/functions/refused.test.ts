import { describe, expect, test } from "vitest";
import { handlersOn } from "../support/handlers.ts";
import { invoke } from "../support/invoke.ts";
import { disk, someBake } from "../support/local-state.ts";
import { memoryWorld } from "../support/memory-ports.ts";

const origin = { kind: "scratch", distribution: "debian", suite: "trixie" };

/** Input that each task accepts. */
const good: Record<keyof ReturnType<typeof handlersOn>, Record<string, unknown>> = {
  ReadRecipe: { bake: someBake(), recipe: "web.yaml", parameters: {} },
  ResolveOrigin: { bake: someBake() },
  ProvisionBuilder: {
    ...{ bake: someBake(), architecture: "x86_64", rootVolumeSize: 2 },
    snapshotId: "snap-00000001",
  },
  RunAgent: {
    ...{ bake: someBake(), builderId: "i-00000001", volumeId: "vol-00000001", origin },
    ...{ architecture: "x86_64", rootVolumeSize: 2 },
  },
  CreateSnapshot: { bake: someBake(), volumeId: "vol-00000001" },
  AwaitSnapshot: { snapshotId: "snap-00000001" },
  ReleaseBuilder: { bake: someBake() },
  KeepBuilder: { bake: someBake() },
  RegisterImage: {
    ...{ bake: someBake(), name: "web", description: "", tags: {}, disk },
    ...{ snapshotId: "snap-00000001", rootVolumeSize: 2, lineage: [origin] },
  },
  CheckProvenance: { bake: someBake(), imageId: "img-00000001", lineage: [origin] },
  TestImage: { bake: someBake(), imageId: "img-00000001" },
  PublishImage: { imageId: "img-00000001" },
  ReleaseBake: { bake: someBake() },
};

describe.each(Object.keys(good) as (keyof typeof good)[])("%s", (state) => {
  const call = (event: unknown) => invoke(handlersOn(memoryWorld())[state], event);
  const refused = (event: unknown) =>
    expect(call(event)).rejects.toMatchObject({ name: "InvalidInput" });

  test("refuses input that lacks a field, naming it", async () => {
    for (const field of Object.keys(good[state])) {
      const { [field]: _, ...rest } = good[state];
      await expect(call(rest)).rejects.toMatchObject({
        name: "InvalidInput",
        message: expect.stringContaining(field),
      });
    }
  });

  test("refuses a field of the wrong kind, whichever it is", async () => {
    for (const field of Object.keys(good[state])) await refused({ ...good[state], [field]: [7] });
  });

  test("refuses a field that it does not know", () => refused({ ...good[state], more: 1 }));

  test("refuses what is no object", async () => {
    for (const event of [null, "text", [], 7]) await refused(event);
  });

  test("refuses an id that could be a path", async () => {
    const ids = Object.keys(good[state]).filter((field) => /Id$|^bake$/.test(field));
    for (const field of ids) {
      for (const id of [
        "../../etc",
        "",
        "web/../x",
        `${String(good[state][field])}\n`,
        "x".repeat(65),
      ]) {
        await refused({ ...good[state], [field]: id });
      }
    }
  });
});
