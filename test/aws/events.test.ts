import { describe, expect, test } from "vitest";
import { bakeOfDrop, dropOf } from "../../core/drop.ts";
import type { BakeId } from "../../core/ids.ts";
import { openAwsBakery, type AwsBakery, stockRecipe } from "../support/aws-double/bakery.ts";

const bakeOf = (event: object): BakeId => bakeOfDrop("web", dropOf(event));

const latest = ({ aws }: AwsBakery) =>
  aws.parameters.get("/ovenbird/test/images/web/latest")?.value;

const published = ({ aws }: AwsBakery, bake: BakeId) =>
  [...aws.images.values()].find(({ tags }) =>
    tags.some(({ Key, Value }) => Key === "ovenbird:bake" && Value === bake),
  )?.id;

/** Two versions of one recipe, put within a second, and their events. */
const twoVersions = (bakery: AwsBakery) => {
  const older = bakery.drop("team/web.yaml", stockRecipe, { versionId: "v1", sequencer: "9F" });
  const newer = bakery.drop("team/web.yaml", `${stockRecipe}# two\n`, {
    ...{ versionId: "v2", sequencer: "0A1" },
  });
  return { older, newer };
};

describe("events of the recipe bucket", () => {
  test("that come twice, at once or later, start one bake, which tells once", async () => {
    const bakery = openAwsBakery();
    const { told } = await bakery.run(async () => {
      const event = bakery.drop("team/web.yaml", stockRecipe);
      await Promise.all([bakery.call("StartBake", event), bakery.call("StartBake", event)]);
      const outcome = await bakery.ended(bakeOf(event));
      await bakery.call("StartBake", event);
      return outcome;
    });
    expect(bakery.runs.size).toBe(1);
    expect(told).toMatchObject([{ outcome: "published", stage: "test" }]);
    expect(bakery.left()).toEqual([]);
  });

  test.each(["older", "newer"] as const)(
    "of two versions within a second: the %s comes first, and the newer is the latest",
    async (first) => {
      const bakery = openAwsBakery();
      const events = twoVersions(bakery);
      const second = first === "older" ? "newer" : "older";
      await bakery.run(async () => {
        await bakery.call("StartBake", events[first]);
        await bakery.call("StartBake", events[second]);
        await Promise.all([bakery.ended(bakeOf(events.older)), bakery.ended(bakeOf(events.newer))]);
      });
      expect(bakery.told()).toHaveLength(2);
      expect(bakery.told().every(({ outcome }) => outcome === "published")).toBe(true);
      expect(latest(bakery)).toBe(published(bakery, bakeOf(events.newer)));
      expect(published(bakery, bakeOf(events.older))).toMatch(/^ami-/);
    },
  );

  test("of an older version that arrives when the newer is published take nothing back", async () => {
    const bakery = openAwsBakery();
    const { older, newer } = twoVersions(bakery);
    await bakery.run(async () => {
      for (const event of [newer, older]) {
        await bakery.call("StartBake", event);
        await bakery.ended(bakeOf(event));
      }
    });
    expect(bakery.told()).toHaveLength(2);
    expect(latest(bakery)).toBe(published(bakery, bakeOf(newer)));
  });

  test("of an object that is deleted before it is read start nothing, and fail nothing", async () => {
    const bakery = openAwsBakery();
    const event = bakery.drop("team/web.yaml", stockRecipe);
    bakery.aws.versions.clear();
    await bakery.run(() => bakery.call("StartBake", event));
    expect(bakery.runs.size).toBe(0);
    expect(bakery.told()).toEqual([]);
    const fates = [...bakery.aws.objects].filter(([key]) => key.includes("/drops/"));
    expect(fates.map(([, { body }]) => JSON.parse(Buffer.from(body).toString()))).toMatchObject([
      { outcome: "ignored", why: expect.stringContaining("removed before it was read") },
    ]);
  });

  test("of a recipe that is wrong are told with their position, once under one id", async () => {
    const bakery = openAwsBakery();
    const event = bakery.drop("team/web.yaml", "image: { name: web, colour: red }");
    await bakery.run(async () => {
      await bakery.call("StartBake", event);
      await bakery.call("StartBake", event);
    });
    const told = bakery.told();
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    expect(told[0]).toMatchObject({
      ...{ outcome: "failed", error: "InvalidRecipe", name: "team/web.yaml", stage: "test" },
      message: expect.stringMatching(/team\/web\.yaml:1:\d+/),
    });
    expect(bakery.runs.size).toBe(0);
  });
});

describe("events of executions' ends", () => {
  const failing = {
    agent: {
      after: 9000,
      result: { status: "failed", error: "StepFailed", message: "nginx said no" },
    },
  } as const;

  test("that come twice tell under one id, and leave nothing", async () => {
    const bakery = openAwsBakery({ ...failing, ends: 2 });
    const event = bakery.drop("team/web.yaml", stockRecipe);
    const { told } = await bakery.run(async () => {
      await bakery.call("StartBake", event);
      return bakery.ended(bakeOf(event));
    });
    expect(new Set(told.map(({ id }) => id)).size).toBe(1);
    expect(told[0]).toMatchObject({ outcome: "failed", error: "StepFailed" });
    expect(bakery.left()).toEqual([]);
  });

  test("that never come are the sweep's to tell, once", async () => {
    const bakery = openAwsBakery({ ...failing, ends: 0 });
    const event = bakery.drop("team/web.yaml", stockRecipe);
    const swept = await bakery.run(async () => {
      await bakery.call("StartBake", event);
      await bakery.ended(bakeOf(event));
      const early = (await bakery.call("Sweep", {})) as { bakes: { because: string }[] };
      expect(early.bakes.map(({ because }) => because)).not.toContain("untold");
      await bakery.aws.sleep(3_600_000);
      const dry = await bakery.call("Sweep", { dryRun: true });
      expect(bakery.told()).toEqual([]);
      return [dry, await bakery.call("Sweep", {}), await bakery.call("Sweep", {})];
    });
    const bake = bakeOf(event);
    const untold = { bakes: [{ bake, because: "untold" }] };
    expect(swept).toMatchObject([untold, untold, { bakes: [] }]);
    expect(bakery.told()).toMatchObject([
      { id: bake, outcome: "failed", error: "StepFailed", message: "nginx said no" },
    ]);
  });

  test("that never come of a bake that was stopped: the sweep tells it, and releases", async () => {
    const bakery = openAwsBakery({ ends: 0 });
    const event = bakery.drop("team/web.yaml", stockRecipe);
    await bakery.run(async () => {
      await bakery.call("StartBake", event);
      await bakery.aws.sleep(1_020_000); // its agent is at work
      await bakery.stop(bakeOf(event));
      await bakery.aws.sleep(3_600_000);
      expect(bakery.left()).not.toEqual([]);
      await bakery.call("Sweep", {});
      await bakery.aws.sleep(3_600_000);
      await bakery.call("Sweep", {});
    });
    expect(bakery.left()).toEqual([]);
    expect(bakery.told()).toMatchObject([{ outcome: "stopped", error: "BakeStopped" }]);
  });
});
