import { describe, expect, test } from "vitest";
import { report } from "../../../cli/report.ts";
import { costText, paidFor } from "../../../cli/selftest/cost.ts";
import { assertProven, findingsJson, reportText } from "../../../cli/selftest/report.ts";
import type { Findings } from "../../../cli/selftest/journal.ts";
import { selftest } from "../../../cli/selftest/selftest.ts";
import { totalOf } from "../../../core/estimate/cost.ts";
import { priceTable } from "../../../core/prices.ts";
import { definition } from "../../support/machine.ts";
import { type Flaw, name, openSelftestDouble, stepFailed } from "../../support/selftest-double.ts";
import { disk } from "../../support/local-state.ts";

interface Given {
  keep?: boolean;
  /** Stops the selftest when it says this. */
  stopAt?: string;
}

/** A whole selftest in virtual time. */
const whole = async (flaw: Flaw = {}, { keep = false, stopAt }: Given = {}) => {
  const double = openSelftestDouble(flaw);
  const said: string[] = [];
  const live: string[] = [];
  const stop = new AbortController();
  const say = (line: string) => {
    said.push(line);
    if (stopAt !== undefined && line.includes(stopAt)) stop.abort("SIGINT");
  };
  const { deployments, bakery } = double;
  const ended = await bakery.run(() =>
    selftest({
      ...{ deployments, name, keep, say, signal: stop.signal },
      events: ({ event }) => void live.push(event),
    }).catch((error: unknown) => ({ error, proofs: [], bakes: [] })),
  );
  const problems = ended.proofs.flatMap(({ what, problem }) =>
    problem === undefined ? [] : [`${what}: ${problem}`],
  );
  const error = "error" in ended ? ended.error : undefined;
  return { ...double, ended, problems, error, said, live };
};

test("a stage that is as it should be is proven so, and nothing of it is left", async () => {
  const { ended, problems, isThere, bakery, live } = await whole();
  expect(problems).toEqual([]);
  expect(isThere()).toBe(false);
  expect(bakery.left()).toEqual([]);
  expect([...bakery.aws.images.keys()]).toHaveLength(1); // the stock image, which is not ours
  expect(live).toContain("step-output");
  const report = reportText(ended, (bakes) => `cost of ${bakes.length} bakes`);
  expect(report).toMatch(/✓ +a stage is deployed +4m$/m);
  expect(report).not.toContain("✗");
  expect(report).toMatch(/^STATE +selftest-image +selftest-broken +selftest-stopped$/m);
  expect(report).toMatch(/^AwaitSnapshot +(2m 5\ds|3m( \ds)?)$/m);
  expect(report).toMatch(/^all( +[0-9ms. ]+){3}$/m);
  expect(report).toMatch(/\n\ncost of 3 bakes$/);
  expect(reportText(ended)).not.toContain("cost");
  const cost = costText(definition, ended.bakes);
  expect(cost).toMatch(/^COST +selftest-image +selftest-broken +selftest-stopped$/m);
  expect(cost).toMatch(/^orchestration( +0\.00\d\d){3}$/m);
  expect(cost).toMatch(/^machines( +0\.0\d\d\d){3}$/m);
  expect(cost).toContain(
    `USD, list prices of us-east-1 as of ${priceTable.date}; by the times above`,
  );
  const [paid] = paidFor(definition, ended.bakes);
  expect(paid?.total).toBe(totalOf([...(paid?.orchestration ?? []), ...(paid?.machines ?? [])]));
  expect(findingsJson(ended, paidFor(definition, ended.bakes))).toMatchObject({
    ...{ prices: priceTable, costs: [{ total: paid?.total }, {}, {}] },
  });
  expect(() => assertProven(ended)).not.toThrow();
  expect(findingsJson(ended).bakes[0]).toMatchObject({ states: { RunAgent: expect.any(Number) } });
});

const image = "a recipe becomes an image, its lines seen live";
const failure = "a step that fails is named, with its status";
const parts = "the image's attributes and tags";
const id = "selftest-\\w+-[0-9a-f]{16}-1";

const flaws: { title: string; flaw: Flaw; says: RegExp }[] = [
  {
    title: "a stopped bake leaves its builder",
    flaw: { unreleased: "selftest-stopped" },
    says: new RegExp(
      `^bakes left nothing but the image: 20 minutes after the last bake there is left of selftest-stopped-[0-9a-f]{16}-1: instance i-\\w+, volume vol-.*network interface eni-`,
    ),
  },
  {
    title: "nobody is told of the image",
    flaw: { untold: "published" },
    says: new RegExp(
      `^subscribers are told of it: no announcement that ${id} published ami-\\w+ came in 5 minutes; what came: failed of drop-`,
    ),
  },
  {
    title: "nobody is told of the stop",
    flaw: { untold: "stopped" },
    says: new RegExp(`told of that stop: no announcement that ${id} was stopped came in 5 minutes`),
  },
  {
    title: "what should fail succeeds",
    flaw: { agents: { "selftest-broken": { status: "succeeded", disk } } },
    says: new RegExp(
      `^${failure}: the bake ${id} published ami-\\w+, though its step ends with status 7$`,
    ),
  },
  {
    title: "what fails has another exit code",
    flaw: { agents: { "selftest-broken": stepFailed("no tools", "NotReady") } },
    says: new RegExp(`^${failure}: the bake ${id} ended with exit code 3, by NotReady; for a step`),
  },
  {
    title: "a failure does not name its step",
    flaw: { agents: { "selftest-broken": stepFailed("it failed") } },
    says: /failed without naming its step "End with 7" and status 7: it failed$/,
  },
  {
    title: "a failure has another status",
    flaw: { agents: { "selftest-broken": stepFailed('step 1 "End with 7": status 77') } },
    says: /failed without naming its step "End with 7" and status 7/,
  },
  {
    title: "what should succeed fails",
    flaw: { agents: { "selftest-image": stepFailed("the disk is full") } },
    says: new RegExp(`^${image}: the bake ${id} should have published, and failed: the disk is`),
  },
  {
    title: "no line of the agent's is seen",
    flaw: { isSilent: true },
    says: new RegExp(`^${image}: the bake ${id} published ami-\\w+, and nobody saw what its step`),
  },
  {
    title: "the image has EC2's own default",
    flaw: { image: { VirtualizationType: "paravirtual" } },
    says: new RegExp(`^${parts}: of the image ami-\\w+, its virtualization is paravirtual; right`),
  },
  {
    title: "the image has no boot mode",
    flaw: { image: { BootMode: undefined } },
    says: /its boot mode is not said; right would be legacy-bios or uefi or uefi-preferred$/,
  },
  {
    title: "another image is the latest",
    flaw: { latest: "ami-00000000000000000" },
    says: /the parameter of the latest selftest-image has ami-0{17}, and not ami-/,
  },
  {
    title: "drops begin nothing",
    flaw: { isDeaf: true },
    says: /^a wrong recipe is refused, with the place: nothing came of selftest\/selftest-wrong.yaml in 5/,
  },
];

const exitCodeOf = (findings: Findings): number => {
  try {
    assertProven(findings);
    return 0;
  } catch (error) {
    return report(error);
  }
};

test.each(flaws)("is noticed: $title", async ({ flaw, says }) => {
  const { problems, isThere, bakery } = await whole(flaw);
  expect(problems).toContainEqual(expect.stringMatching(says));
  expect(problems.some((problem) => problem.startsWith("the stage is removed"))).toBe(false);
  // whatever was wrong, it is gone
  expect({ isThere: isThere(), left: bakery.left() }).toEqual({ isThere: false, left: [] });
});

test("a stage that cannot be deployed is told so, and what there is of it is removed", async () => {
  const { problems, isThere, ended } = await whole({ undeployable: "no more VPCs" });
  expect(problems).toEqual(["a stage is deployed: no more VPCs"]);
  expect(exitCodeOf(ended)).toBe(1);
  expect(ended.proofs.map(({ what }) => what)).toEqual([
    "a stage is deployed",
    "the stage is removed",
  ]);
  expect(isThere()).toBe(false);
});

test("a stage that goes when it is told again is gone", async () => {
  const { problems, isThere } = await whole({ unremovable: 2 });
  expect(problems).toEqual([]);
  expect(isThere()).toBe(false);
});

test("a stage that cannot be removed is told, with all that is left and how to remove it", async () => {
  const { problems } = await whole({ unremovable: Infinity });
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(
    /^the stage is removed: the stage selftest-0a1b2c is not gone: the stack is DELETE_FAILED\n/,
  );
  expect(problems[0]).toContain(`parameter /ovenbird/${name}/stage, bucket ${name}-recipes`);
  expect(problems[0]).toContain(`\`ovenbird selftest --on aws --remove ${name}\``);
  expect(problems[0]).toContain(`CloudFormation stack is ${name}-ovenbird-Ovenbird`);
});

test("what comes again after the removal is told", async () => {
  const group = `/aws/lambda/${name}-late`;
  const { problems } = await whole({ trace: group });
  expect(problems[0]).toContain(`is not gone\nthere is left: log group ${group}`);
});

describe("stopped by Ctrl-C", () => {
  test.each(["a stage is deployed", image, "a bake is stopped", "bakes left nothing"])(
    'while it is at "%s", it removes the stage before it ends',
    async (stopAt) => {
      const { error, isThere, bakery } = await whole({}, { stopAt });
      expect(error).toBeDefined();
      expect(error).not.toBeInstanceOf(AggregateError);
      expect({ isThere: isThere(), left: bakery.left() }).toEqual({ isThere: false, left: [] });
    },
  );

  test("with a stage that does not go, it says what is left", async () => {
    const { error } = await whole({ unremovable: Infinity }, { stopAt: image });
    expect(error).toMatchObject({
      errors: [expect.anything(), expect.objectContaining({ name: "StageRemains" })],
    });
  });
});

test("a stage that is kept is there, with its bakes' things removed, and how to remove it is said", async () => {
  const { problems, isThere, said, deployments, bakery } = await whole({}, { keep: true });
  expect(problems).toEqual([]);
  expect(isThere()).toBe(true);
  expect(said.at(-1)).toContain(`--remove ${name}`);
  const tested = await bakery.run(async () => (await deployments.open(name)).remains());
  expect(tested).toEqual([]);
});
