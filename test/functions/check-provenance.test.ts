import { expect, test } from "vitest";
import { defaultPolicy } from "../../core/policy/schema.ts";
import { checkProvenance } from "../../functions/check-provenance.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { cleanInventory, plainFile } from "../support/clean-inventory.ts";
import { KeptScan } from "../../core/vulnerabilities/kept-scan.ts";
import { invoke } from "../support/invoke.ts";
import { someBake } from "../support/local-state.ts";
import { memoryInventories, memoryWorld, someScanner, webRecipe } from "../support/memory-ports.ts";

const bake = someBake();
const order = {
  ...{ bake, imageId: "img-00000001" },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
};
const open = cleanInventory({ files: [plainFile("/srv/all", "0666")] });

const worldOf = async (inventory = cleanInventory(), recipe = webRecipe) => {
  const world = { ...memoryWorld(0, recipe), inventories: memoryInventories(inventory) };
  const read = readRecipe(world.artifacts, {}, world.policyOf);
  await invoke(read, { bake, recipe: "web.yaml", parameters: {} });
  return world;
};

test("a clean image passes, and what was looked at is kept", async () => {
  const world = await worldOf();
  expect(await invoke(checkProvenance(world), order)).toEqual({ failed: 0 });
  expect([...world.verdicts.kept.values()]).toMatchObject([{ passed: true }]);
});

test("what was known of vulnerabilities is kept, with who looked and when; or nothing is", async () => {
  const world = await worldOf();
  await invoke(checkProvenance(world), order);
  const scan = KeptScan.parse(JSON.parse(await world.artifacts.read(bake, "scan.json")));
  expect(scan).toMatchObject({ format: 1, scanner: someScanner, findings: [], unscanned: [] });
  expect(Date.parse(scan.finishedOn)).toBeGreaterThanOrEqual(Date.parse(scan.startedOn));
  const blind = { ...(await worldOf()), vulnerabilities: undefined };
  await expect(invoke(checkProvenance(blind), order)).rejects.toThrow("nobody was told");
  await expect(blind.artifacts.read(bake, "scan.json")).rejects.toMatchObject({ name: "NotFound" });
});

test("a child whose parent has no statement fails, unless the operator only has it reported", async () => {
  const world = await worldOf();
  const lineage = [{ kind: "image", imageId: "img-00000002", name: "base" }, ...order.lineage];
  const child = { ...order, lineage };
  await expect(invoke(checkProvenance(world), child)).rejects.toMatchObject({
    ...{
      name: "ProvenanceFailed",
      message: expect.stringContaining("parent_statement: nothing was"),
    },
  });
  const policy = {
    ...defaultPolicy,
    parent_statement: { ...defaultPolicy.parent_statement, mode: "report" as const },
  };
  const lenient = { ...world, policyOf: async () => ({ policy }) };
  expect(await invoke(checkProvenance(lenient), child)).toEqual({ failed: 1 });
});

test("an image that fails is ProvenanceFailed in sentences, and its verdict is kept", async () => {
  const world = await worldOf(open);
  await expect(invoke(checkProvenance(world), order)).rejects.toMatchObject({
    name: "ProvenanceFailed",
    message: expect.stringMatching(
      /fails a rule of the provenance policy:\nworld_writable: \/srv\/all \(0666\): everybody/,
    ),
  });
  expect([...world.verdicts.kept.values()]).toMatchObject([{ passed: false }]);
});

test("the recipe's policy tightens the operator's", async () => {
  const recipe = `${webRecipe}  policy: { required_steps: { names: [harden] } }\n`;
  const world = await worldOf(cleanInventory(), recipe);
  await expect(invoke(checkProvenance(world), order)).rejects.toMatchObject({
    message: expect.stringContaining('required_steps: no step "harden" ran'),
  });
});

test("without anybody to ask of vulnerabilities, what is enforced fails", async () => {
  const world = { ...(await worldOf()), vulnerabilities: undefined };
  await expect(invoke(checkProvenance(world), order)).rejects.toMatchObject({
    message: expect.stringContaining("nobody was told where to look"),
  });
});

test("a recipe is refused with the place at which it loosens the policy, before anything is made", async () => {
  const recipe = `${webRecipe}  policy: { secrets: { mode: report } }\n`;
  await expect(worldOf(cleanInventory(), recipe)).rejects.toMatchObject({
    name: "InvalidRecipe",
    message: expect.stringMatching(/web\.yaml:\d+:\d+: mode "report" loosens the operator's/),
  });
});

test("the operator's checks reach the agent with the recipe", async () => {
  const world = memoryWorld();
  const checks = [{ name: "a", command: "true", timeout: 60, mode: "enforce" as const }];
  const policyOf = async () => ({ policy: { ...defaultPolicy, checks } });
  const read = readRecipe(world.artifacts, {}, policyOf);
  await invoke(read, { bake, recipe: "web.yaml", parameters: {} });
  expect(JSON.parse(await world.artifacts.read(bake, "recipe.json"))).toMatchObject({ checks });
});
