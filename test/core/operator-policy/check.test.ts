import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { noWishes } from "../../../core/builder-wishes.ts";
import { noAttributes } from "../../../core/image-attributes.ts";
import { ImageId } from "../../../core/ids.ts";
import type { ResolvedRecipe } from "../../../core/job.ts";
import { bakedComplaints } from "../../../core/operator-policy/check-baked.ts";
import { checkPolicy } from "../../../core/operator-policy/check.ts";
import type { PolicyInForce } from "../../../core/operator-policy/in-force.ts";
import { policyJsonSchema } from "../../../core/operator-policy/json-schema.ts";
import { parsePolicy } from "../../../core/operator-policy/read.ts";
import { leastPolicy } from "../../../core/operator-policy/schema.ts";
import type { Ancestor, OriginReference } from "../../../core/origin.ts";
import { problemLine } from "../../../core/recipe/invalid-recipe.ts";
import { parseRecipe } from "../../../core/recipe/read.ts";
import { resolveRecipe } from "../../../core/recipe/resolve.ts";
import { ownNetwork } from "../../support/memory-way-in.ts";
import { recipe, told } from "../recipe/sample.ts";

const inForce = (text = "policy: {}"): PolicyInForce => ({
  ...{ policy: parsePolicy(text, "policies/team.yaml"), prefix: "team" },
  ...{ file: "policies/team.yaml", own: ownNetwork },
});

/** What a policy says to a recipe, whose value may be changed after it was read. */
const refusals = (
  policy: string,
  text = recipe(),
  change: (resolved: ResolvedRecipe) => Partial<ResolvedRecipe> = () => ({}),
): string[] => {
  const parsed = parseRecipe(text, "web.yaml");
  const resolved = resolveRecipe(parsed, { set: {}, environment: {} });
  const asked = { ...resolved, ...change(resolved) };
  return checkPolicy(inForce(policy), asked, parsed).map(problemLine);
};

const starting = (origin: OriginReference) => () => ({ origin });
const wishing = (wishes: Partial<typeof noWishes>) => () => ({
  builder: { ...noWishes, ...wishes },
});
const sharing = (launch: Partial<typeof noAttributes.launchPermissions>) => () => ({
  attributes: {
    ...noAttributes,
    launchPermissions: { ...noAttributes.launchPermissions, ...launch },
  },
});
const devices = (...blockDevices: ResolvedRecipe["attributes"]["blockDevices"]) => ({
  attributes: { ...noAttributes, blockDevices },
});

const filter = (...owners: string[]): OriginReference => ({
  ...{ kind: "filter", owners, filters: { name: ["al2023-*"] } },
});
const imageId = ImageId.parse("ami-0123456789abcdef0");

describe("without a policy of one's own", () => {
  test("a private image of the usual makers is allowed", () => {
    expect(leastPolicy()).toEqual(parsePolicy("policy: {}", "x"));
    const origins: OriginReference[] = [
      ...[filter("amazon"), filter("099720109477")],
      { kind: "parameter", parameter: "/aws/service/debian/release/13/latest/amd64" },
      { kind: "recipe", recipe: "base" },
    ];
    for (const origin of origins) {
      expect(refusals("policy: {}", recipe(), starting(origin))).toEqual([]);
    }
  });

  test.each([
    ["an image of anybody", starting(filter("amazon", "111122223333")), "a stock image of 1111"],
    [
      "a parameter of anybody",
      starting({ kind: "parameter", parameter: "/mine" }),
      "the parameter /mine",
    ],
    ["another subnet", wishing({ subnet: "subnet-0a" }), "the subnet subnet-0a"],
    ["another security group", wishing({ securityGroup: "sg-0a" }), "the security group sg-0a"],
    ["another key", wishing({ kmsKey: "alias/other" }), "the KMS key alias/other"],
    ["a port", wishing({ ports: [443, 5432] }), "the port 443"],
    ["a large builder", wishing({ instanceSize: "xlarge" }), "the size xlarge"],
    ["a type of builder", wishing({ instanceTypes: ["p5.48xlarge"] }), "the instance type p5.48"],
    ["giving it to an account", sharing({ users: ["111122223333"] }), "sharing with 111122223333"],
    ["giving it to all", sharing({ public: true }), "sharing with everybody"],
    ["a large disk", () => ({ rootVolumeSize: 65 }), "a disk of 65 GiB"],
    [
      "a large second disk",
      () => devices({ deviceName: "/dev/sdf", size: 500 }),
      "a disk of 500 GiB",
    ],
    [
      "another's snapshot as a second disk",
      () => devices({ deviceName: "/dev/sdf", snapshotId: "snap-0a" }),
      "the snapshot snap-0a",
    ],
  ])("%s is refused", (_title, change, says) => {
    const [line = ""] = refusals("policy: {}", recipe(), change);
    expect(line).toMatch(/^web.yaml:\d+:\d+: /);
    expect(line).toContain(says);
    expect(line).toContain("is not allowed below team/; ");
    expect(line).toContain(", by policies/team.yaml");
  });

  test("what is the stage's own may be named by everybody", () => {
    const [subnet, securityGroup, kmsKey] = [
      ownNetwork.subnets[0],
      ownNetwork.securityGroups[0],
      ownNetwork.keys[0],
    ];
    expect(refusals("policy: {}", recipe(), wishing({ subnet, securityGroup, kmsKey }))).toEqual(
      [],
    );
  });
});

describe("a policy allows what it names", () => {
  test.each([
    ["policy: { origins: { owners: ['1111*'] } }", starting(filter("111122223333"))],
    ["policy: { network: { subnets: [subnet-0a] } }", wishing({ subnet: "subnet-0a" })],
    ["policy: { network: { ports: [5432] } }", wishing({ ports: [5432] })],
    ["policy: { kms_keys: [alias/team-*] }", wishing({ kmsKey: "alias/team-a" })],
    ["policy: { instances: { types: [m7i.*] } }", wishing({ instanceTypes: ["m7i.large"] })],
    ["policy: { sharing: { accounts: ['*'] } }", sharing({ users: ["111122223333"] })],
    ["policy: { largest_volume: 100 }", () => ({ rootVolumeSize: 100 })],
  ])("%s", (policy, change) => {
    expect(refusals(policy, recipe(), change)).toEqual([]);
  });
});

describe("a policy refuses what it leaves out of a list", () => {
  test.each([
    ["{ origins: { scratch: [ubuntu] } }", "web.yaml:3:11: from scratch, the distribution debian"],
    ["{ images: [] }", "web.yaml:2:9: the image name web is not allowed below team/; none is"],
    ["{ images: [app, base-*] }", "allowed is app or base-*, by policies/team.yaml"],
  ])("%s", (policy, says) => {
    expect(refusals(`policy: ${policy}`).join("\n")).toContain(says);
  });

  test("spare capacity, where it says so", () => {
    const policy = "policy: { instances: { spot: false } }";
    expect(refusals(policy, recipe(), wishing({ spot: true }))).toHaveLength(1);
  });
});

test("a step that may take longer than a whole bake is refused at its own place", () => {
  const text = recipe(
    "configure:",
    "  - { shell: ls, timeout: 10m }",
    "  - { shell: ls, timeout: 2h }",
  );
  expect(refusals("policy: { longest_bake: 1h }", text)).toEqual([
    expect.stringMatching(/^web.yaml:6:\d+: a timeout of 7200 s is not .* may take 3600 s/),
  ]);
});

test("reaching the builder itself takes a policy that says so", () => {
  const text = recipe("host:", "  before_mount: [{ name: a, command: 'true' }]");
  expect(told(() => parseRecipe(text, "web.yaml"))).toBe("");
  expect(refusals("policy: {}", text)).toEqual([
    expect.stringMatching(/^web.yaml:5:\d+: reaching the builder itself is not allowed/),
  ]);
  expect(refusals("policy: { host: true }", text)).toEqual([]);
});

const stock = (owner: string, ownerAlias?: string): Ancestor => ({
  ...{ kind: "stock", imageId, name: "x", owner, ownerAlias, copyId: imageId },
});

describe("what was found of an origin", () => {
  const parsed = parseRecipe(recipe(), "web.yaml");
  const resolved = resolveRecipe(parsed, { set: {}, environment: {} });
  const account = "123456789012";
  const complaints = (policy: string, found: Ancestor, rootVolumeSize = 8) => {
    const asked = { ...resolved, origin: { kind: "image" as const, imageId } };
    const baked = { recipe: asked, lineage: [found], rootVolumeSize, account };
    return bakedComplaints(inForce(policy), baked).map(({ message }) => message);
  };

  test("is refused by its owner, where the recipe gave an id", () => {
    expect(complaints("policy: {}", stock("111122223333"))).toEqual([
      `the image ${imageId}, of 111122223333 is not allowed below team/`,
    ]);
    expect(complaints("policy: {}", stock("099720109477"))).toEqual([]);
    const amazon = { ...stock("137112412989"), ownerAlias: "amazon" } as Ancestor;
    expect(complaints("policy: {}", amazon)).toEqual([]);
    expect(complaints("policy: { origins: { owners: [self] } }", amazon)).toHaveLength(1);
    expect(complaints(`policy: { origins: { images: [${imageId}] } }`, stock("1"))).toEqual([]);
  });

  test("is allowed by what EC2 calls its owner, too: Amazon's images are of many accounts", () => {
    const amazon = stock("137112412989", "amazon");
    expect(complaints("policy: {}", amazon)).toEqual([]);
    expect(complaints("policy: { origins: { owners: [self] } }", amazon)).toHaveLength(1);
  });

  test("is refused when it is the account's own, unless the policy says self", () => {
    expect(complaints("policy: {}", stock(account))).toHaveLength(1);
    expect(complaints("policy: { origins: { owners: [self] } }", stock(account))).toEqual([]);
  });

  test("is allowed by the name that EC2 has for its owner", () => {
    const amazons: Ancestor = { ...stock("137112412989"), ownerAlias: "amazon" } as Ancestor;
    expect(complaints("policy: {}", amazons)).toEqual([]);
    expect(complaints("policy: { origins: { owners: [self] } }", amazons)).toHaveLength(1);
  });

  test("is refused when it is another recipe's that one may not start from", () => {
    const found: Ancestor = { kind: "image", imageId, name: "secret" };
    expect(complaints("policy: { origins: { recipes: [base] } }", found)).toHaveLength(1);
    expect(complaints("policy: {}", found)).toEqual([]);
  });

  test("is refused when its disk is larger than allowed", () => {
    expect(complaints("policy: {}", stock("amazon"), 100)).toEqual([
      "a disk of 100 GiB is not allowed below team/",
    ]);
  });
});

describe("a policy that is wrong says where", () => {
  test.each([
    ["", "policies/team.yaml:1:1: the file is empty; a policy begins with policy:"],
    ["policy: { imges: [web] }", 'policies/team.yaml:1:11: unknown key "imges"; did you mean'],
    ["policy:\n  longest_bake: 3d\n", 'policies/team.yaml:2:17: longest_bake cannot be "3d"'],
    ["policy: { host: yes please }", "host is"],
    ["images: [web]", 'unknown key "images"'],
  ])("%j", (text, says) => {
    expect(told(() => parsePolicy(text, "policies/team.yaml"))).toContain(says);
  });
});

describe("the JSON Schema", () => {
  const docs = join(import.meta.dirname, "../../../docs");
  const check = new Ajv({ allErrors: true, formats: { date: true } }).compile(policyJsonSchema());

  test("docs/operator-policy.schema.json is current; `vitest -u` writes it", async () => {
    const text = `${JSON.stringify(policyJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot(join(docs, "operator-policy.schema.json"));
  });

  test("takes the examples of docs/operator-policy.md, as the reader does", async () => {
    const text = await readFile(join(docs, "operator-policy.md"), "utf8");
    const examples = Array.from(text.matchAll(/^```yaml\n((?:#.*\n)*policy:\n[^]*?)^```$/gm));
    expect(examples.length).toBeGreaterThan(0);
    for (const [, example = ""] of examples) {
      check(parse(example));
      expect(check.errors).toBeNull();
      expect(parsePolicy(example, "x")).toBeDefined();
    }
  });

  test.each(["policy: { imges: [] }", "policy: { host: 1 }", "{}"])("refuses %s", (text) => {
    expect(check(parse(text))).toBe(false);
  });
});
