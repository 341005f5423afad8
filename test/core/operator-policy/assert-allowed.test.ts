import { expect, test } from "vitest";
import { writeSource } from "../../../core/bake-source.ts";
import { ImageId } from "../../../core/ids.ts";
import { assertAllowed } from "../../../core/operator-policy/assert-allowed.ts";
import type { Baked } from "../../../core/operator-policy/check-baked.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { someBake } from "../../support/local-state.ts";
import { webRecipe } from "../../support/memory-ports.ts";
import { dropOfKey, memoryWayIn, ownNetwork } from "../../support/memory-way-in.ts";

const parsed = parseRecipe(webRecipe, "web.yaml");
const recipe = resolveRecipe(parsed, { set: {}, environment: {} });
const baked: Baked = {
  ...{ recipe, rootVolumeSize: 2, account: "123456789012" },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
};

/** A bake that was dropped below `prefix`. */
const bakeOf = async (world: ReturnType<typeof memoryWayIn>, prefix: string) => {
  const bake = someBake();
  const drop = dropOfKey(`${prefix}/web.yaml`);
  await writeSource(world.artifacts, bake, { drop, prefix, beside: [], longest: 60 });
  return bake;
};

test("the first prefix to publish under a name has it, and may do so again", async () => {
  const world = memoryWayIn({});
  const bake = await bakeOf(world, "team");
  await assertAllowed(world, bake, baked);
  await assertAllowed(world, bake, baked);
  expect(await world.names.owner("web")).toBe("team");
  const other = memoryWayIn({}, { web: "team" });
  await expect(assertAllowed(other, await bakeOf(other, "b"), baked)).rejects.toMatchObject({
    ...{ name: "PolicyRefused", message: expect.stringContaining("belongs to team/") },
  });
});

test("the policy that holds is the one of this moment, and takes no name when it refuses", async () => {
  const world = memoryWayIn({});
  const bake = await bakeOf(world, "team");
  const bytes = Buffer.from("policy: { origins: { scratch: [ubuntu] } }");
  world.drops.objects.set("policies/team.yaml", { bytes, parameters: {} });
  await expect(assertAllowed(world, bake, baked)).rejects.toMatchObject({
    name: "PolicyRefused",
    message:
      "from scratch, the distribution debian is not allowed below team/; allowed is ubuntu, by policies/team.yaml",
  });
  expect(await world.names.owner("web")).toBeUndefined();
});

test("secrets that the policy took from the prefix since the bake began hold its image back", async () => {
  const world = memoryWayIn({});
  const bake = await bakeOf(world, "team");
  const from = { parameter: `/ovenbird/${ownNetwork.stage}/secrets/team/TOKEN` };
  const order = { ...baked, recipe: { ...recipe, secrets: [{ name: "TOKEN", from }] } };
  await assertAllowed(world, bake, order);
  const bytes = Buffer.from("policy: { secrets: [shared/*] }");
  world.drops.objects.set("policies/team.yaml", { bytes, parameters: {} });
  await expect(assertAllowed(world, bake, order)).rejects.toMatchObject({
    name: "PolicyRefused",
    message:
      "the secret team/TOKEN is not allowed below team/; allowed is shared/*, by policies/team.yaml",
  });
});

test("an image whose owner only the bake could find out is held to the policy", async () => {
  const world = memoryWayIn({});
  const bake = await bakeOf(world, "team");
  const imageId = ImageId.parse("ami-0123456789abcdef0");
  const found = {
    kind: "stock",
    imageId,
    name: "x",
    owner: "111122223333",
    copyId: imageId,
  } as const;
  const origin = { kind: "image", imageId } as const;
  const order = { ...baked, recipe: { ...recipe, origin }, lineage: [found] };
  await expect(assertAllowed(world, bake, order)).rejects.toThrow(/of 111122223333/);
});
