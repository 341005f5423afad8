import { expect, test } from "vitest";
import { CorruptRecord } from "../../core/errors.ts";
import { ImageId, SnapshotId } from "../../core/ids.ts";
import { defaultPolicy } from "../../core/policy/schema.ts";
import { writeRegistered } from "../../core/registered.ts";
import { report } from "../../core/report/page.ts";
import { checkProvenance } from "../../functions/check-provenance.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { cleanInventory, plainFile } from "../support/clean-inventory.ts";
import { KeptScan } from "../../core/vulnerabilities/kept-scan.ts";
import { invoke } from "../support/invoke.ts";
import { imageSpec, someBake } from "../support/local-state.ts";
import { memoryInventories, memoryWorld, someScanner, webRecipe } from "../support/memory-ports.ts";

const bake = someBake();
const imageId = ImageId.parse("img-00000001");
const order = {
  ...{ bake, imageId },
  lineage: [{ kind: "scratch", distribution: "debian", suite: "trixie" }],
};
const open = cleanInventory({ files: [plainFile("/srv/all", "0666")] });

const worldOf = async (inventory = cleanInventory(), recipe = webRecipe) => {
  const world = { ...memoryWorld(0, recipe), inventories: memoryInventories(inventory) };
  const read = readRecipe(world.artifacts, {}, world.policyOf);
  await invoke(read, { bake, recipe: "web.yaml", parameters: {} });
  const spec = imageSpec(bake, SnapshotId.parse("snap-00000001"));
  await writeRegistered(world.artifacts, bake, { ...spec, imageId });
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
  const world = await worldOf(cleanInventory({ parent: { changes: [], more: 0 } }));
  const lineage = [{ kind: "image", imageId: "img-00000002", name: "base" }, ...order.lineage];
  const child = { ...order, lineage };
  await expect(invoke(checkProvenance(world), child)).rejects.toMatchObject({
    ...{
      name: "ProvenanceFailed",
      message: expect.stringContaining("parent_statement: nothing was"),
    },
  });
  const policy = {
    ...defaultPolicy(),
    parent_statement: { ...defaultPolicy().parent_statement, mode: "report" as const },
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

/** The page as it would be while the image is a candidate. */
const pageOf = ({ reports }: Awaited<ReturnType<typeof worldOf>>): string => {
  const about = reports.kept.get(bake);
  if (about === undefined) throw new Error("a report is kept");
  const outcome = { state: "judged" } as const;
  return report({ ...about, outcome, verification: { place: "machine" }, made: "" });
};

test("a report is kept of what passes and of what fails, with what changed", async () => {
  const passing = await worldOf();
  await invoke(checkProvenance(passing), order);
  expect(pageOf(passing)).toContain("Satisfies the policy.");
  expect(pageOf(passing)).toContain("this is the first of its recipe");
  const failing = await worldOf(open);
  failing.reports.previous = async () => ({ imageId, created: "2026-01-01T00:00:00Z" });
  await expect(invoke(checkProvenance(failing), order)).rejects.toThrow("world_writable");
  expect(pageOf(failing)).toContain("It fails the policy: the image is removed");
  expect(failing.reports.kept.get(bake)?.since).toMatchObject({
    changes: { files: { removed: 8 } },
  });
});

test("a previous image whose inventory cannot be read is told of, and refuses nothing", async () => {
  const world = await worldOf();
  world.reports.previous = async () => ({ imageId, created: "2026-01-01T00:00:00Z" });
  world.inventories.ofImage = () => Promise.reject(new CorruptRecord("it is no inventory"));
  await invoke(checkProvenance(world), order);
  expect(pageOf(world)).toContain("its inventory cannot be read");
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
  const policyOf = async () => ({ policy: { ...defaultPolicy(), checks } });
  const read = readRecipe(world.artifacts, {}, policyOf);
  await invoke(read, { bake, recipe: "web.yaml", parameters: {} });
  expect(JSON.parse(await world.artifacts.read(bake, "recipe.json"))).toMatchObject({ checks });
});
