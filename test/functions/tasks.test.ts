import { holdOrigin } from "../../core/policy/hold-origin.ts";
import { describe, expect, test } from "vitest";
import { awaitSnapshot } from "../../functions/await-snapshot.ts";
import { createSnapshot } from "../../functions/create-snapshot.ts";
import { keepBuilder } from "../../functions/keep-builder.ts";
import { provisionBuilder } from "../../functions/provision-builder.ts";
import { publishImage } from "../../functions/publish-image.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { releaseBake } from "../../functions/release-bake.ts";
import { releaseBuilder } from "../../functions/release-builder.ts";
import { resolveOrigin } from "../../functions/resolve-origin.ts";
import { runAgent } from "../../functions/run-agent.ts";
import { testImage } from "../../functions/test-image.ts";
import type { ImageId } from "../../core/ids.ts";
import type { ResolvedRecipe } from "../../core/job.ts";
import { noteReleased } from "../../core/released.ts";
import { stock } from "../core/policy/facts.ts";
import { invoke } from "../support/invoke.ts";
import { disk, imageSpec, someBake } from "../support/local-state.ts";
import { memoryWorld, type MemoryWorld, webRecipe } from "../support/memory-ports.ts";

const bake = someBake();
const builderOrder = {
  bake,
  architecture: "x86_64",
  rootVolumeSize: 2,
  snapshotId: null,
};
const notFound = { name: "NotFound" };

/** A world whose bake has read its recipe. */
const worldWithRecipe = async (pending = 0) => {
  const world = memoryWorld(pending);
  const event = { bake, recipe: "web.yaml", parameters: {} };
  await invoke(readRecipe(world.artifacts), event);
  return world;
};

const child = webRecipe
  .replace("{ scratch: { distribution: debian, suite: trixie } }", "{ recipe: parent }")
  .replace("root_volume_size: 2", "root_volume_size: 8");

/** Of an image that nothing was signed of. */
const prove = async (imageId: ImageId) => ({ imageId });

const resolve = async (world: MemoryWorld) => {
  await invoke(readRecipe(world.artifacts), { bake, recipe: "web.yaml", parameters: {} });
  const { origins, artifacts } = world;
  return invoke(resolveOrigin(origins, artifacts, { prove, hold: holdOrigin(world) }), { bake });
};

describe("resolving an origin", () => {
  test("from scratch is an empty disk, of the recipe's size", async () => {
    expect(await resolve(memoryWorld())).toEqual({
      lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
      ...{ snapshotId: null, architecture: "x86_64", rootVolumeSize: 2 },
    });
  });

  test("of another recipe is its image's snapshot, and the recipe's size where it is larger", async () => {
    expect(await resolve(memoryWorld(0, child))).toEqual({
      lineage: [{ kind: "image", imageId: expect.stringMatching(/^img-/), name: "parent" }],
      snapshotId: expect.stringMatching(/^snap-/),
      ...{ architecture: "x86_64", rootVolumeSize: 8 },
    });
  });

  test("of a stock image whose owner the policy does not allow is refused before anything is made", async () => {
    const world = memoryWorld();
    const lineage = [stock({ owner: "666666666666", ownerAlias: undefined })];
    const origins = { resolve: async () => ({ lineage, snapshotId: null }) };
    await expect(resolve({ ...world, origins })).rejects.toMatchObject({
      ...{ name: "PolicyRefused", message: expect.stringContaining("is of 666666666666") },
    });
  });

  test("is pending until it is at hand", async () => {
    const world = memoryWorld(1);
    await expect(resolve(world)).rejects.toMatchObject({ name: "OriginPending" });
    expect(await resolve(world)).toBeDefined();
  });
});

describe("provisioning a builder", () => {
  test("answers its ids, and the same again", async () => {
    const { builders, artifacts } = await worldWithRecipe();
    const first = await invoke(provisionBuilder(builders, artifacts), builderOrder);
    expect(first).toEqual({
      builderId: expect.stringMatching(/^i-/),
      volumeId: expect.stringMatching(/^vol-/),
    });
    expect(await invoke(provisionBuilder(builders, artifacts), builderOrder)).toEqual(first);
  });

  test("is pending until it is up", async () => {
    const { builders, artifacts } = await worldWithRecipe(1);
    const pending = invoke(provisionBuilder(builders, artifacts), builderOrder);
    await expect(pending).rejects.toMatchObject({ name: "BuilderPending" });
    expect(await invoke(provisionBuilder(builders, artifacts), builderOrder)).toBeDefined();
  });
});

describe("running the agent", () => {
  const order = {
    ...{ bake, builderId: "i-00000001", volumeId: "vol-00000001" },
    ...{ architecture: "x86_64", rootVolumeSize: 2 },
    origin: { kind: "scratch", distribution: "debian", suite: "trixie" },
  };

  test("hands it the recipe that was read, and answers what it found", async () => {
    const { agents, artifacts } = await worldWithRecipe();
    expect(await invoke(runAgent(agents, artifacts), order)).toEqual({ disk });
    expect(agents.orders).toMatchObject([{ ...order, recipe: { name: "web", steps: [{}] } }]);
  });

  test("is running until it has ended", async () => {
    const { agents, artifacts } = await worldWithRecipe(2);
    const run = () => invoke(runAgent(agents, artifacts), order);
    for (let count = 0; count < 2; count++) {
      await expect(run()).rejects.toMatchObject({ name: "AgentRunning" });
    }
    expect(await run()).toEqual({ disk });
  });

  test("needs a recipe that was read", async () => {
    const { agents, artifacts } = memoryWorld();
    await expect(invoke(runAgent(agents, artifacts), order)).rejects.toMatchObject(notFound);
  });
});

describe("making a snapshot", () => {
  const order = { bake, volumeId: "vol-00000001" };

  test("answers its id, and the same again", async () => {
    const { snapshots, artifacts } = await worldWithRecipe();
    const first = await invoke(createSnapshot(snapshots, artifacts), order);
    expect(first).toEqual({ snapshotId: expect.stringMatching(/^snap-/) });
    expect(await invoke(createSnapshot(snapshots, artifacts), order)).toEqual(first);
  });

  test("gives it the image's tags, and over them those that are the snapshot's own", async () => {
    const { snapshots, artifacts } = await worldWithRecipe();
    const recipe = JSON.parse(await artifacts.read(bake, "recipe.json")) as ResolvedRecipe;
    const attributes = { ...recipe.attributes, snapshotTags: { team: "db", backup: "yes" } };
    const tags = { role: "web", team: "web" };
    await artifacts.write(bake, "recipe.json", JSON.stringify({ ...recipe, attributes, tags }));
    await invoke(createSnapshot(snapshots, artifacts), order);
    expect(snapshots.tags.get(bake)).toEqual({ role: "web", team: "db", backup: "yes" });
  });

  test("is pending until it is complete, and then has a size", async () => {
    const { snapshots, artifacts } = await worldWithRecipe(1);
    const made = await invoke(createSnapshot(snapshots, artifacts), order);
    const wait = () => invoke(awaitSnapshot(snapshots), made);
    await expect(wait()).rejects.toMatchObject({ name: "SnapshotPending" });
    expect(await wait()).toEqual({ size: 2 });
    expect(await wait()).toEqual({ size: 2 });
  });

  test("is not awaited when it is not there", async () => {
    const { snapshots } = memoryWorld();
    const wait = invoke(awaitSnapshot(snapshots), { snapshotId: "snap-00000009" });
    await expect(wait).rejects.toMatchObject(notFound);
  });
});

describe("releasing a builder", () => {
  test("says how many there were, and none the second time", async () => {
    const { builders, artifacts } = await worldWithRecipe();
    await invoke(provisionBuilder(builders, artifacts), builderOrder);
    expect(await invoke(releaseBuilder(builders), { bake })).toEqual({ builders: 1 });
    expect(await invoke(releaseBuilder(builders), { bake })).toEqual({ builders: 0 });
  });
});

describe("keeping a builder", () => {
  test("has release leave it, and says how many there were", async () => {
    const { builders, artifacts } = await worldWithRecipe();
    expect(await invoke(keepBuilder(builders), { bake })).toEqual({ builders: 0 });
    await invoke(provisionBuilder(builders, artifacts), builderOrder);
    expect(await invoke(keepBuilder(builders), { bake })).toEqual({ builders: 1 });
    expect(await invoke(releaseBuilder(builders), { bake })).toEqual({ builders: 0 });
  });
});

describe("registering an image", () => {
  const spec = imageSpec(bake, "snap-00000001" as never);

  test("answers its id, and the same again", async () => {
    const { images, artifacts } = await worldWithRecipe();
    const first = await invoke(registerImage(images, artifacts), spec);
    expect(first).toEqual({ imageId: expect.stringMatching(/^img-/) });
    expect(await invoke(registerImage(images, artifacts), spec)).toEqual(first);
  });

  test("refuses a name that another snapshot holds", async () => {
    const { images, artifacts } = await worldWithRecipe();
    await invoke(registerImage(images, artifacts), spec);
    const other = invoke(registerImage(images, artifacts), {
      ...spec,
      snapshotId: "snap-00000002",
    });
    await expect(other).rejects.toMatchObject({ name: "ImageNameTaken" });
  });
});

describe("testing an image", () => {
  const order = { bake, imageId: "img-00000001" };

  test("hands the recipe's tests to a machine, and counts them", async () => {
    const { testMachines, artifacts } = await worldWithRecipe();
    expect(await invoke(testImage(testMachines, artifacts), order)).toEqual({ passed: 1 });
    expect(testMachines.orders).toMatchObject([
      { ...order, recipe: { tests: [{ name: "serves" }] } },
    ]);
  });

  test("is running until the tests have ended", async () => {
    const { testMachines, artifacts } = await worldWithRecipe(1);
    const run = () => invoke(testImage(testMachines, artifacts), order);
    await expect(run()).rejects.toMatchObject({ name: "TestsRunning" });
    expect(await run()).toEqual({ passed: 1 });
  });
});

describe("publishing an image", () => {
  const published = {
    ...{ bake, rootVolumeSize: 2 },
    lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
  };

  test("answers its id and name, and the same again", async () => {
    const { images, artifacts, announcements, attest } = await worldWithRecipe();
    const registered = await invoke(
      registerImage(images, artifacts),
      imageSpec(bake, "snap-00000001" as never),
    );
    const publish = publishImage({
      images,
      announcements,
      artifacts,
      attest,
      approve: async () => {},
    });
    const order = { ...published, ...(registered as object) };
    const first = await invoke(publish, order);
    expect(first).toEqual({ ...(registered as object), name: "web" });
    expect(await invoke(publish, order)).toEqual(first);
    expect(announcements.told).toMatchObject([
      { id: bake, outcome: "published", name: "web", ...(registered as object) },
      { id: bake },
    ]);
  });

  test("refuses an image that is not there", async () => {
    const world = { ...(await worldWithRecipe()), approve: async () => {} };
    const publish = invoke(publishImage(world), { ...published, imageId: "img-00000009" });
    await expect(publish).rejects.toMatchObject(notFound);
  });

  test("publishes and tells nothing that is not approved", async () => {
    const { images, artifacts, announcements, attest } = await worldWithRecipe();
    const registered = await invoke(
      registerImage(images, artifacts),
      imageSpec(bake, "snap-00000001" as never),
    );
    const asked: unknown[] = [];
    const approve = async (...of: unknown[]) => {
      asked.push(of);
      throw Object.assign(new Error("not this name"), { name: "PolicyRefused" });
    };
    const publish = publishImage({ images, announcements, artifacts, attest, approve });
    const refused = invoke(publish, { ...published, ...(registered as object) });
    await expect(refused).rejects.toMatchObject({ name: "PolicyRefused" });
    expect(asked).toMatchObject([[bake, { recipe: { name: "web" }, rootVolumeSize: 2 }]]);
    expect([...images.all.values()].map(({ state }) => state)).toEqual(["candidate"]);
    expect(announcements.told).toEqual([]);
  });
});

describe("releasing a bake", () => {
  test("gives back all that it made and did not publish, once", async () => {
    const world = await worldWithRecipe();
    await invoke(provisionBuilder(world.builders, world.artifacts), builderOrder);
    const made = await invoke(createSnapshot(world.snapshots, world.artifacts), {
      ...{ bake, volumeId: "vol-00000001" },
    });
    const { snapshotId } = made as { snapshotId: never };
    await invoke(registerImage(world.images, world.artifacts), imageSpec(bake, snapshotId));
    const release = () => invoke(releaseBake(world), { bake });
    const none = { agents: 0, builders: 0, testMachines: 0, images: 0, snapshots: 0 };
    expect(await release()).toEqual({ ...none, builders: 1, images: 1, snapshots: 1 });
    expect(await release()).toEqual(none);
  });

  test("releases images before the snapshots that back them", async () => {
    const order: string[] = [];
    const named = (name: string) => ({
      release: async () => {
        order.push(name);
        return 0;
      },
    });
    const held = {
      ...{ agents: named("agents"), builders: named("builders") },
      testMachines: named("testMachines"),
      ...{ images: named("images"), snapshots: named("snapshots") },
    };
    await invoke(releaseBake(held), { bake });
    expect(order.indexOf("images")).toBeLessThan(order.indexOf("snapshots"));
    expect(order[0]).toBe("agents");
    expect(order.toSorted()).toEqual(["agents", "builders", "images", "snapshots", "testMachines"]);
  });

  test("leaves out what is noted as given back, and nothing where no note can be read", async () => {
    const asked: string[] = [];
    const named = (name: string) => ({
      release: async () => {
        asked.push(name);
        return 0;
      },
    });
    const held = {
      ...{ agents: named("agents"), builders: named("builders") },
      testMachines: named("testMachines"),
      ...{ images: named("images"), snapshots: named("snapshots") },
    };
    const { artifacts } = memoryWorld();
    await noteReleased(artifacts, bake, "builders");
    await noteReleased(artifacts, bake, "candidate");
    await invoke(releaseBake(held, artifacts), { bake });
    expect(asked).toEqual(["agents", "testMachines"]);
    const unread = { ...artifacts, read: () => Promise.reject(new Error("S3 is away")) };
    await invoke(releaseBake(held, unread), { bake });
    const all = ["agents", "builders", "testMachines", "images", "snapshots"];
    expect(asked.slice(2)).toEqual(all);
  });

  test("tries every kind, though one of them cannot be released", async () => {
    const world = await worldWithRecipe();
    const volumeId = "vol-00000001";
    await invoke(createSnapshot(world.snapshots, world.artifacts), { bake, volumeId });
    const builders = { release: () => Promise.reject(new Error("busy")) };
    await expect(invoke(releaseBake({ ...world, builders }), { bake })).rejects.toThrow("busy");
    expect(await world.snapshots.release(bake)).toBe(0);
  });
});
