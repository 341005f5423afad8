import { expect, test } from "vitest";
import { createHash } from "node:crypto";
import { BakeId } from "../../core/ids.ts";
import { Verdict } from "../../core/policy/verdict.ts";
import { type AwsBakery, openAwsBakery } from "../support/aws-double/bakery.ts";
import { cleanInventory, packed, plainFile } from "../support/clean-inventory.ts";
import { disk } from "../support/local-state.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");
const key = `test-artifacts/bakes/${bake}/verdict.json`;

const steps = [
  { name: "Install nginx", began: 1_750_000_000_000, seconds: 41, status: "succeeded" as const },
];

const agent = (inventory = cleanInventory()) => ({
  agent: {
    after: 9000,
    result: { status: "succeeded" as const, disk, steps },
    inventory: packed(inventory),
  },
});
const open = cleanInventory({ files: [plainFile("/srv/all", "0666")] });

const verdictOn = (bakery: AwsBakery) => {
  const text = bakery.aws.objects.get(key)?.body.toString() ?? "";
  return { text, verdict: Verdict.parse(JSON.parse(text)) };
};

test("a failing verdict rejects: nothing is left, the report is kept, subscribers hear why", async () => {
  const bakery = openAwsBakery(agent(open));
  const { status, error, told } = await bakery.run(() => bakery.bake(bake));
  expect([status, error]).toEqual(["FAILED", "ProvenanceFailed"]);
  expect(told).toMatchObject([
    {
      ...{ outcome: "rejected", error: "ProvenanceFailed", bake },
      message: expect.stringContaining("world_writable: /srv/all (0666): everybody can write"),
    },
  ]);
  expect(bakery.left()).toEqual([]);
  const { verdict } = verdictOn(bakery);
  expect(verdict.passed).toBe(false);
  const failed = verdict.rules.find(
    ({ status: found, mode }) => found === "fail" && mode === "enforce",
  );
  expect(failed).toMatchObject({ rule: "world_writable", evidence: [{ of: "/srv/all" }] });
});

test("a published image carries the verdict and its digest as tags", async () => {
  const bakery = openAwsBakery(agent());
  const { imageId = "" } = await bakery.run(() => bakery.bake(bake));
  const { text, verdict } = verdictOn(bakery);
  const digest = createHash("sha256").update(text).digest("hex");
  expect(verdict).toMatchObject({ passed: true, newest: "2026-01-01T00:00:00Z" });
  expect(bakery.aws.images.get(imageId)?.tags).toEqual(
    expect.arrayContaining([
      { Key: "ovenbird:verdict", Value: "passed" },
      { Key: "ovenbird:verdict-digest", Value: `sha256:${digest}` },
    ]),
  );
});

const pageOn = (bakery: AwsBakery, of: BakeId): string =>
  bakery.aws.objects.get(`test-artifacts/bakes/${of}/report.html`)?.body.toString() ?? "";

test("a page for people lies beside the verdict, and says what changed since the last image", async () => {
  const bakery = openAwsBakery(agent());
  const [one, other] = [1, 2].map((at) => BakeId.parse(`web-0123456789abcdef-${at}`));
  if (one === undefined || other === undefined) throw new Error("there are two");
  const { imageId = "" } = await bakery.run(() => bakery.bake(one));
  expect(pageOn(bakery, one)).toContain("this is the first of its recipe");
  expect(pageOn(bakery, one)).toContain("Satisfies the policy.");
  expect(pageOn(bakery, one)).toContain(
    `s3://test-artifacts/images/${imageId}.intoto.jsonl statements.intoto.jsonl`,
  );
  await bakery.run(() => bakery.bake(other));
  expect(pageOn(bakery, other)).toContain(`Compared with <code>${imageId}</code>`);
  expect(pageOn(bakery, other)).toContain("The packages are the same.");
});

test("the page has the times of the bake's states so far, and of its agent's steps", async () => {
  const bakery = openAwsBakery(agent());
  await bakery.run(() => bakery.bake(bake));
  const page = pageOn(bakery, bake);
  const rows = [...page.matchAll(/<tr class="(state|step)"><th scope="row">([\w ]+)/g)];
  expect(rows.map(([, kind, name = ""]) => `${kind}: ${name.trim()}`)).toEqual([
    ...["ReadRecipe", "ResolveOrigin", "ProvisionBuilder", "RunAgent"].map(
      (one) => `state: ${one}`,
    ),
    "step: Install nginx",
    ...["CreateSnapshot", "CompleteSnapshot", "RegisterImage", "CheckProvenance"].map(
      (one) => `state: ${one}`,
    ),
  ]);
  expect(page).toContain("<td>41s</td>");
  expect(page).toContain("when this page was made, in its midst");
});

test("a rejected image has its page, which says that it is gone", async () => {
  const bakery = openAwsBakery(agent(open));
  await bakery.run(() => bakery.bake(bake));
  expect(pageOn(bakery, bake)).toContain("It fails the policy: the image is removed");
  expect(pageOn(bakery, bake)).toContain(`bakes/${bake}/verdict.json`);
});

test("the prefix's policy holds as it is by then, and the verdict names its file", async () => {
  const bakery = openAwsBakery(agent(open));
  bakery.drop(
    "policies/team.yaml",
    "policy: { provenance: { world_writable: { allowed: [/srv/*] } } }",
  );
  const { status } = await bakery.run(() => bakery.bake(bake));
  expect(status).toBe("SUCCEEDED");
  expect(verdictOn(bakery).verdict.policy).toBe("policies/team.yaml");
});

test("where Inspector cannot scan, the image is rejected by default", async () => {
  const bakery = openAwsBakery(agent());
  const { find } = bakery.handlers.inspector;
  const { ScanImpossible } = await import("../../core/errors.ts");
  bakery.handlers.inspector.find = () =>
    Promise.reject(new ScanImpossible("Inspector has no rules for packages of plan9"));
  const { error, told } = await bakery.run(() => bakery.bake(bake));
  bakery.handlers.inspector.find = find;
  expect(error).toBe("ProvenanceFailed");
  expect(told).toMatchObject([
    { message: expect.stringContaining("no rules for packages of plan9") },
  ]);
});
