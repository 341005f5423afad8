import { describe, expect, test } from "vitest";
import type { ResolvedRecipe } from "../../core/job.ts";
import type { Step } from "../../core/step.ts";
import { stepKeys, type Surroundings } from "../../core/step-cache.ts";
import { recipeOf, shell } from "../support/agent-run.ts";

const around: Surroundings = {
  origin: { kind: "scratch", distribution: "debian", suite: "small" },
  architecture: "x86_64",
  rootVolumeSize: 2,
  files: { "page.html": "one", folder: "two" },
  assets: { tool: "sha256:three" },
  agent: "the agent",
};

const named = { name: "a step", timeout: 60 };
const packages: Step = {
  ...{ ...named, kind: "packages", install: ["nginx"], remove: [], upgrade: false },
};
const entry = { path: "/page", source: "page.html", template: false, owner: "root", group: "root" };
const files: Step = { ...named, kind: "files", files: [entry] };
const template: Step = { ...named, kind: "files", files: [{ ...entry, template: true }] };
const cached = shell("make it", { cache: true });
const all = [packages, files, cached, template];

const keys = (steps: readonly Step[], recipe: Partial<ResolvedRecipe> = {}, more = {}) =>
  stepKeys(recipeOf({ steps: [...steps], ...recipe }), { ...around, ...more });

/** How many keys of two lists are the same, from the first on. */
const same = (one: readonly string[], other: readonly string[]): number => {
  const at = one.findIndex((key, index) => key !== other[index]);
  return at === -1 ? one.length : at;
};

test("the same steps on the same origin have the same keys, and no two of them one", () => {
  expect(keys(all)).toEqual(keys(all));
  expect(new Set(keys(all)).size).toBe(all.length + 1);
});

test("a step has another key when what it does, or what came before it, is another", () => {
  const other: Step = { ...files, files: [{ ...entry, mode: "0600" }] };
  expect(same(keys(all), keys([packages, other, cached, template]))).toBe(2);
  expect(same(keys(all), keys([files, packages, cached, template]))).toBe(1);
});

test("what a step is called, and how long it may take, is not what it does", () => {
  const renamed = all.map((step) => ({ ...step, name: "another", timeout: 5 }));
  expect(keys(renamed)).toEqual(keys(all));
});

test.each<[string, number, Partial<Surroundings>]>([
  ["a file it copies", 2, { files: { "page.html": "changed" } }],
  ["the origin", 0, { architecture: "arm64" }],
  ["the size of the disk", 0, { rootVolumeSize: 3 }],
  ["the agent", 0, { agent: "a newer one" }],
  ["an asset, which commands may read", 3, { assets: { tool: "sha256:four" } }],
])("%s is in the key", (_, first, more) => {
  expect(same(keys(all), keys(all, {}, more))).toBe(first);
});

test("parameters are in the keys of those that see them: commands, and files that are filled in", () => {
  const parameters = { VERSION: "2" };
  expect(same(keys(all), keys(all, { parameters }))).toBe(3);
  expect(same(keys([packages, template]), keys([packages, template], { parameters }))).toBe(2);
});

describe("there is no key after", () => {
  test("commands that do not say that they may be remembered", () => {
    expect(keys([packages, shell("date > /built"), files])).toHaveLength(2);
  });

  test("commands that could have read a secret", () => {
    const secrets = [{ name: "TOKEN", from: { environment: "TOKEN" } }];
    expect(keys(all, { secrets })).toHaveLength(3);
  });
});

test("a skipped step changes nothing: it has the key of the one before", () => {
  const skipped = { ...shell("date > /built"), skipped: "DEBUG is not true" };
  const [base, one, other, last] = keys([packages, skipped, files]);
  expect(one).toBe(other);
  expect([base, one, last]).toEqual(keys([packages, files]));
});

test("what is kept after the steps is in the keys of a stock disk only, which is cleaned before", () => {
  const hygiene = { hygiene: { keep: ["logs" as const] } };
  expect(keys(all, hygiene)).toEqual(keys(all));
  const file = {
    ...{ kind: "file", file: "a.raw", format: "raw", digest: `sha256:${"0".repeat(64)}` },
    snapshotId: "snap-00000000000000001",
  };
  const ami = {
    ...{ kind: "stock", imageId: "ami-0a1b2c3d", name: "a", owner: "123456789012" },
    copyId: "ami-1a2b3c4d",
  };
  for (const origin of [file, ami]) {
    const recipe = { origin: { kind: "file" as const, file: "a.raw" } };
    expect(
      same(keys(all, { ...recipe, ...hygiene }, { origin }), keys(all, recipe, { origin })),
    ).toBe(0);
  }
});

test("a stock disk has the same keys whether the recipe says its digest or not", () => {
  const recipe = { origin: { kind: "file" as const, file: "a.raw" } };
  const file = {
    ...{ kind: "file", file: "a.raw", format: "raw", digest: `sha256:${"0".repeat(64)}` },
    snapshotId: "snap-00000000000000001",
  };
  const of = (more: object) => keys(all, recipe, { origin: { ...file, ...more } });
  expect(of({ demanded: true })).toEqual(of({}));
  expect(of({ digest: `sha256:${"1".repeat(64)}` })).not.toEqual(of({}));
});
