import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readSource } from "../../../core/bake-source.ts";
import { packBundle } from "../../../core/archive/pack.ts";
import type { BundleEntry } from "../../../core/archive/memory-bundle.ts";
import { unpackInMemory } from "../../../core/archive/unpack-memory.ts";
import { dropHash } from "../../../core/drop.ts";
import { dropLimits } from "../../../core/way-in/open-drop.ts";
import { bundleArchive, startBake } from "../../../core/way-in/start-bake.ts";
import { webRecipe } from "../../support/memory-ports.ts";
import { dropOfKey, memoryWayIn } from "../../support/memory-way-in.ts";

const recipeWithFiles = `image:
  name: web
  origin: scratch
  configure:
    - files: [{ path: /srv/site, source: site }]
    - shell: { script: run.sh }
`;

const file = (text: string, mode = 0o644): BundleEntry => ({
  ...{ is: "file", bytes: Buffer.from(text), mode },
});

const bundleOf = (entries: Record<string, BundleEntry>) =>
  packBundle(new Map(Object.entries(entries)));

/** Starts, and answers the fate with the bake. */
const started = async (world: ReturnType<typeof memoryWayIn>, key: string) => {
  const fate = await startBake(world, dropOfKey(key));
  if (fate.outcome !== "started") throw new Error(JSON.stringify(fate));
  return fate;
};

const bakedFiles = async (world: ReturnType<typeof memoryWayIn>, key: string) => {
  const { bake } = await started(world, key);
  const packed = await world.artifacts.get(bake, bundleArchive);
  return (await unpackInMemory(bundleArchive, packed, dropLimits)).entries;
};

describe("a recipe that is dropped", () => {
  test("starts an execution named by it, with its text where the bake reads it", async () => {
    const world = memoryWayIn({ "team/web.yaml": webRecipe });
    const { bake, again } = await started(world, "team/web.yaml");
    expect(again).toBe(false);
    expect(bake).toBe(`web-${dropHash(dropOfKey("team/web.yaml"))}-1`);
    expect(world.executions.inputs.get(bake)).toEqual({
      ...{ recipe: "web.yaml", parameters: {}, keep_builder: false },
    });
    expect(await world.artifacts.read(bake, "bundle/web.yaml")).toBe(webRecipe);
    expect(await readSource(world.artifacts, bake)).toEqual({
      ...{ drop: dropOfKey("team/web.yaml"), prefix: "team", beside: [], longest: 4 * 3600 },
    });
    expect(world.announcements.told).toEqual([]);
  });

  test("starts one execution however often its event comes, and one more for a newer version", async () => {
    const world = memoryWayIn({ "web.yaml": webRecipe });
    const drop = dropOfKey("web.yaml");
    const fates = await Promise.all([1, 2, 3].map(() => startBake(world, drop)));
    expect(fates.map((fate) => fate.outcome)).toEqual(["started", "started", "started"]);
    expect(world.executions.all.size).toBe(1);
    await startBake(world, { ...drop, versionId: "v2", sequencer: "2" });
    expect(world.executions.all.size).toBe(2);
  });

  test("is left as it was by a late event, whatever lies beside it by then", async () => {
    const world = memoryWayIn({ "web.yaml": webRecipe });
    const { bake } = await started(world, "web.yaml");
    world.drops.objects.set("web.yaml", { bytes: Buffer.from(`${webRecipe}# x`), parameters: {} });
    expect(await started(world, "web.yaml")).toMatchObject({ bake, again: true });
    expect(await world.artifacts.read(bake, "bundle/web.yaml")).toBe(webRecipe);
  });

  test("is refused for a secret that is on the machine of whoever dropped it, with its place", async () => {
    const declared = "  parameters:\n    TOKEN: { type: secret, from: { file: token } }\n";
    const text = `image:\n  name: web\n  origin: scratch\n${declared}`;
    const world = memoryWayIn({ "team/web.yaml": text });
    const fate = await startBake(world, dropOfKey("team/web.yaml"));
    expect(fate).toMatchObject({ outcome: "refused", error: "InvalidRecipe" });
    expect(fate).toHaveProperty(
      "message",
      expect.stringMatching(/^team\/web.yaml:\d+:34: the secret TOKEN is in the file token, which/),
    );
    expect(world.executions.all.size).toBe(0);
  });

  test("takes the parameters it was dropped with", async () => {
    const parameters = { GREETING: "grüße" };
    const world = memoryWayIn({ "web.yaml": { bytes: Buffer.from(webRecipe), parameters } });
    const { bake } = await started(world, "web.yaml");
    expect(world.executions.inputs.get(bake)).toMatchObject({ parameters });
  });

  test("takes the files it names from beside it, scripts as such, and nothing else", async () => {
    const world = memoryWayIn({
      ...{ "team/web.yaml": recipeWithFiles, "team/run.sh": "#!/bin/sh\n", "team/run.sh.bak": "" },
      ...{ "team/site/a/index.html": "<p>", "team/site-2/x": "", "team/site/": "", "site/y": "" },
    });
    const files = await bakedFiles(world, "team/web.yaml");
    expect([...files.keys()]).toEqual([
      ...["run.sh", "site", "site/a", "site/a/index.html", "web.yaml"],
    ]);
    expect(files.get("run.sh")).toMatchObject({ mode: 0o755 });
    expect(files.get("site/a/index.html")).toMatchObject({ mode: 0o644 });
  });

  test("that is gone by then ends quietly", async () => {
    const world = memoryWayIn({});
    const fate = await startBake(world, dropOfKey("web.yaml"));
    expect(fate).toEqual({
      outcome: "ignored",
      why: expect.stringContaining("web.yaml was removed"),
    });
    expect(world.announcements.told).toEqual([]);
  });

  test("is not what operators write, nor a playbook in a folder", async () => {
    const playbook = "- hosts: all\n";
    const world = memoryWayIn({ "policies/a.yaml": webRecipe, "a/ansible/play.yaml": playbook });
    for (const key of ["policies/a.yaml", "a/ansible/play.yaml"]) {
      expect(await startBake(world, dropOfKey(key))).toMatchObject({ outcome: "ignored" });
    }
    expect(world.executions.all.size).toBe(0);
    expect(world.announcements.told).toEqual([]);
  });
});

describe("a bundle that is dropped", () => {
  test("is the recipe with the files it names, permissions and links kept", async () => {
    const bundle = bundleOf({
      ...{ web: { is: "folder" }, "web/recipe.yaml": file(recipeWithFiles) },
      ...{ "web/run.sh": file("#!/bin/sh\n", 0o755), "web/unused": file("x") },
      ...{ "web/site": { is: "link", target: "pages" }, "web/pages": { is: "folder" } },
      "web/pages/index.html": file("<p>"),
      "web/pages/latest.html": { is: "link", target: "index.html" },
    });
    const world = memoryWayIn({ "team/web.tar.gz": bundle });
    const files = await bakedFiles(world, "team/web.tar.gz");
    expect([...files.keys()]).toEqual([
      ...["recipe.yaml", "run.sh", "site", "site/index.html", "site/latest.html"],
    ]);
    expect(files.get("run.sh")).toMatchObject({ mode: 0o755 });
    expect(files.get("site/latest.html")).toEqual({ is: "link", target: "index.html" });
    const [input] = world.executions.inputs.values();
    expect(input?.recipe).toBe("recipe.yaml");
  });

  test("packs to the same bytes every time", () => {
    const entries = { "recipe.yaml": file(webRecipe), [`${"long/".repeat(60)}x`]: file("y") };
    expect(bundleOf(entries).equals(bundleOf(entries))).toBe(true);
    expect(gunzipSync(bundleOf(entries)).length % 512).toBe(0);
  });

  test.each([
    ["that is no archive", Buffer.from("text"), /by its content neither/],
    ["without a recipe", bundleOf({ "a.txt": file("x") }), /has no recipe: there is a.txt/],
    [
      "that leads out of itself",
      bundleOf({ "recipe.yaml": file(webRecipe), "../x": file("y") }),
      /leads upwards/,
    ],
  ])("%s is refused, and announced", async (_title, bytes, says) => {
    const world = memoryWayIn({ "b.tar.gz": bytes });
    const fate = await startBake(world, dropOfKey("b.tar.gz"));
    expect(fate).toMatchObject({ error: "UnusableArchive", message: expect.stringMatching(says) });
    expect(world.announcements.told).toMatchObject([{ outcome: "failed", name: "b.tar.gz" }]);
  });
});

/** What a drop is refused with, which is announced as well. */
const told = async (
  text: string,
  { key = "team/web.yaml", objects = {}, owners = {} } = {},
): Promise<string> => {
  const world = memoryWayIn({ [key]: text, ...objects }, owners);
  const fate = await startBake(world, dropOfKey(key));
  const [announcement, ...more] = world.announcements.told;
  expect(more).toEqual([]);
  expect(world.executions.all.size).toBe(0);
  if (fate.outcome !== "refused" || announcement?.outcome !== "failed") throw new Error("it began");
  expect(announcement).toMatchObject({ name: key, error: fate.error, message: fate.message });
  expect(announcement.id).toBe(`drop-${dropHash(dropOfKey(key))}`);
  return `${fate.error}: ${fate.message}`;
};

describe("what is wrong is announced with its position", () => {
  test("in a recipe", async () => {
    expect(await told("image:\n  nmae: web\n  origin: scratch\n")).toMatch(
      /^InvalidRecipe: team\/web.yaml:\d+:\d+: [^]*unknown key "nmae"/,
    );
  });

  test("in a file that is no text", async () => {
    expect(await told("image: {}\0")).toContain("team/web.yaml:1:1: this is not a text file");
  });

  test("of a file that is not there", async () => {
    expect(await told(recipeWithFiles)).toMatch(
      /^InvalidRecipe: team\/web.yaml:5:\d+: there is no site; put it beside the recipe first/,
    );
  });

  test("of a parameter without a value", async () => {
    expect(await told(webRecipe.replace(", default: hello", ""))).toMatch(/GREETING has no value/);
  });

  test("of a name that is another prefix's", async () => {
    expect(await told(webRecipe, { owners: { web: "other" } })).toMatch(
      /^PolicyRefused: team\/web.yaml:3:9: the image name web belongs to other\//,
    );
  });

  test("of what the prefix's policy refuses, and what it would allow", async () => {
    const objects = { "policies/team.yaml": "policy: { images: [app-*, base] }" };
    expect(await told(webRecipe, { objects })).toBe(
      "PolicyRefused: team/web.yaml:3:9: the image name web is not allowed below team/; allowed is app-* or base, by policies/team.yaml",
    );
  });

  test("of a policy that cannot be read, which allows nothing", async () => {
    const objects = { "policies/team.yaml": "policy: { imges: [web] }" };
    expect(await told(webRecipe, { objects })).toMatch(
      /^PolicyRefused: nothing is allowed [^]*policies\/team.yaml:1:11: unknown key "imges"/,
    );
  });
});

test("a policy of all prefixes holds where there is none of one's own", async () => {
  const objects = { "policies/default.yaml": "policy: { images: [] }" };
  const world = memoryWayIn({ ...objects, "team/web.yaml": webRecipe, "web.yaml": webRecipe });
  for (const key of ["team/web.yaml", "web.yaml"]) {
    expect(await startBake(world, dropOfKey(key))).toMatchObject({ error: "PolicyRefused" });
  }
});

test("a world that fails is an error, and no refusal", async () => {
  const world = memoryWayIn({ "web.yaml": webRecipe });
  world.names.owner = () => Promise.reject(new Error("S3 is away"));
  await expect(startBake(world, dropOfKey("web.yaml"))).rejects.toThrow("S3 is away");
  expect(world.fates.all.size).toBe(0);
});
