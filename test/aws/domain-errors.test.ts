import { describe, expect, test } from "vitest";
import * as errors from "../../core/errors.ts";
import { BakeId } from "../../core/ids.ts";
import * as pending from "../../core/pending.ts";
import {
  type AwsBakery,
  type BakeOutcome,
  type BakeryOrder,
  openAwsBakery,
  stockRecipe,
} from "../support/aws-double/bakery.ts";
import { cleanInventory, packed } from "../support/clean-inventory.ts";
import { disk } from "../support/local-state.ts";

const bake = BakeId.parse("web-0123456789abcdef-1");

interface Case {
  /** What goes wrong, as the title has it. */
  when: string;
  error: string;
  /** What people are told. */
  says: RegExp;
  outcome?: "failed" | "rejected";
  order?: BakeryOrder;
  recipe?: string;
  /** Done to the account before the bake. */
  before?(bakery: AwsBakery): void;
  /** Done right after the first call of that name, whoever made it. */
  after?: { call: string; times?: number; work(bakery: AwsBakery): void };
}

/** Does something once, right after a call. */
const onCall = (bakery: AwsBakery, { call, times = 1, work }: NonNullable<Case["after"]>): void => {
  const { calls } = bakery.functions;
  const push = calls.push.bind(calls);
  let seen = 0;
  calls.push = (...more) => {
    if (more.some((one) => one.call === call) && ++seen === times) work(bakery);
    return push(...more);
  };
};

const run = async (one: Case): Promise<BakeOutcome & { left: string[]; days: number }> => {
  const bakery = openAwsBakery(one.order);
  one.before?.(bakery);
  if (one.after !== undefined) onCall(bakery, one.after);
  const began = bakery.clock.now();
  const outcome = await bakery.run(() => bakery.bake(bake, { recipe: one.recipe ?? stockRecipe }));
  const days = (bakery.clock.now() - began) / 86_400_000;
  return { ...outcome, left: bakery.left(), days };
};

const refusing = (call: string, name: string, message = "no") => ({
  before: ({ aws }: AwsBakery) =>
    aws.faults.plan({ call, fault: { kind: "error", name, message }, times: 100_000 }),
});

const image = (about: object) => (bakery: AwsBakery) => {
  const stock = bakery.aws.images.get("ami-0123456789abcdef0");
  if (stock !== undefined) Object.assign(stock.about, about);
};

const ends = (code: string, message: string, after = 2000): BakeryOrder => ({
  fate: ({ TagSpecifications = [] }) =>
    JSON.stringify(TagSpecifications).includes('"builder"')
      ? { ends: { after, code, message } }
      : {},
});

const artifact = "test-artifacts/bakes/web-0123456789abcdef-1";

const remove = (kind: "images" | "snapshots", role: string) => (bakery: AwsBakery) => {
  for (const { id, tags } of bakery.aws[kind].values()) {
    if (tags.some(({ Value }) => Value === role)) bakery.aws[kind].delete(id);
  }
};

const rejections = new Set(["TestsFailed", "PolicyRefused", "ProvenanceFailed"]);

const found = (inventory: Buffer): BakeryOrder => ({
  agent: { after: 9000, result: { status: "succeeded", disk }, inventory },
});

const cases: Record<string, Case[]> = {
  ReadRecipe: [
    {
      when: "the bundle is gone",
      error: "NotFound",
      says: /bundle\/web.yaml/,
      before: ({ aws }) =>
        aws.faults.plan({
          call: "GetObject",
          fault: { kind: "error", name: "NoSuchKey", message: "no" },
        }),
    },
    {
      when: "the recipe is wrong",
      error: "InvalidRecipe",
      says: /web\.yaml:\d+:\d+/,
      recipe: "image: { name: web, colour: red }",
    },
  ],
  ResolveOrigin: [
    {
      when: "there is no such image",
      error: "NotFound",
      says: /there is no image ami-0123/,
      before: ({ aws }) => void aws.images.delete("ami-0123456789abcdef0"),
    },
    {
      when: "its origin has billing codes",
      error: "OriginRefused",
      says: /ami-0123/,
      before: image({
        PlatformDetails: "Red Hat Enterprise Linux",
        UsageOperation: "RunInstances:0010",
      }),
    },
    {
      when: "there is no such parameter",
      error: "NotFound",
      says: /\/aws\/service\/none/,
      recipe: stockRecipe.replace(
        "origin: ami-0123456789abcdef0",
        "origin: { parameter: /aws/service/none }",
      ),
    },
    {
      when: "the copy fails",
      error: "OriginFailed",
      says: /the key is away/,
      before: ({ aws }) => void aws.failures.push("the key is away"),
    },
  ],
  ProvisionBuilder: [
    {
      when: "no zone offers what was asked for",
      error: "BuilderFailed",
      says: /no zone of the network offers/,
      ...refusing("RunInstances", "Unsupported"),
    },
    {
      when: "EC2 refuses it by name",
      error: "BuilderFailed",
      says: /UnauthorizedOperation/,
      ...refusing("RunInstances", "UnauthorizedOperation"),
    },
    {
      when: "its key has no grant",
      error: "BuilderFailed",
      says: /KMS key .*kms:CreateGrant/,
      order: ends("Client.InternalError", "Client error on launch"),
    },
    {
      when: "builders die as they come up",
      error: "BuilderFailed",
      says: /ended 5 times/,
      order: ends("Server.InternalError", "Server.InternalError: Internal error on launch"),
    },
    {
      when: "somebody ends the builder",
      error: "BuilderFailed",
      says: /ended from outside/,
      order: ends("Client.UserInitiatedShutdown", "User initiated shutdown", 20_000),
    },
    {
      when: "the builder never comes online",
      error: "BuilderFailed",
      says: /did not come online in 15 minutes/,
      order: { fate: () => ({ isMute: true }) },
    },
    {
      when: "the origin disappeared",
      error: "NotFound",
      says: /the origin was removed/,
      ...refusing("CreateVolume", "InvalidSnapshot.NotFound"),
    },
  ],
  RunAgent: [
    ...Object.keys(errors)
      .filter((error) => !Object.hasOwn(pending, error))
      .map((error): Case => ({
        when: `the agent's result says ${error}`,
        ...{ error, says: /^what the agent met$/ },
        outcome: rejections.has(error) ? "rejected" : "failed",
        order: {
          agent: {
            after: 9000,
            result: { status: "failed", error, message: "what the agent met" },
          },
        },
      })),
    {
      when: "the agent leaves no result",
      error: "AgentDied",
      says: /left no result/,
      order: { agent: { after: 9000 } },
    },
    {
      when: "EC2 takes the builder back",
      error: "AgentDied",
      says: /is terminated|shutting-down/,
      order: ends("Server.SpotInstanceTermination", "Spot", 60_000),
    },
    {
      when: "the builder's time is up",
      error: "AgentDied",
      says: /its time was up/,
      order: {
        ...ends("Client.InstanceInitiatedShutdown", "Instance initiated shutdown", 2_400_000),
        agent: { after: 4_800_000 },
      },
    },
  ],
  CreateSnapshot: [
    {
      when: "the disk is gone",
      error: "NotFound",
      says: /working disk/,
      ...refusing("CreateSnapshot", "InvalidVolume.NotFound"),
    },
  ],
  AwaitSnapshot: [
    {
      when: "the snapshot errors",
      error: "SnapshotFailed",
      says: /the disk fell over/,
      after: {
        call: "SendCommand",
        work: ({ aws }) => void aws.failures.push("the disk fell over"),
      },
    },
    {
      when: "the snapshot is removed",
      error: "NotFound",
      says: /there is no snapshot/,
      after: {
        call: "CreateSnapshot",
        work: ({ clock, aws }) =>
          void clock
            .sleep(10_000)
            .then(() => remove("snapshots", "snapshot")({ aws } as AwsBakery)),
      },
    },
  ],
  RegisterImage: [
    {
      when: "another holds the name",
      error: "ImageNameTaken",
      says: /ovenbird\/test\/web/,
      before: ({ aws }) => {
        const stock = aws.images.get("ami-0123456789abcdef0");
        if (stock === undefined) return;
        const about = { ...stock.about, Name: `ovenbird/test/${bake}`, OwnerId: aws.account };
        aws.images.set("ami-0ffffffff", { ...stock, id: "ami-0ffffffff", about });
      },
    },
    {
      when: "the origin disappeared meanwhile",
      error: "NotFound",
      says: /the origin ami-\w+ of web was removed/,
      after: { call: "CreateSnapshot", work: remove("images", "origin") },
    },
    {
      when: "EC2 refuses it",
      error: "OperationNotPermitted",
      says: /no/,
      ...refusing("RegisterImage", "OperationNotPermitted"),
    },
  ],
  CheckProvenance: [
    {
      when: "the image holds a private key",
      error: "ProvenanceFailed",
      says: /secrets: \/srv\/key holds a private key \(MIIE…\); remove it/,
      outcome: "rejected",
      order: found(
        packed(
          cleanInventory({
            secrets: [{ kind: "private-key", path: "/srv/key", shown: "MIIE…", shipped: false }],
          }),
        ),
      ),
    },
    {
      when: "its origin is of nobody that is known",
      error: "ProvenanceFailed",
      says: /owners: ami-0123456789abcdef0 .* is of 111122223333, which is none of the owners/,
      outcome: "rejected",
      recipe: stockRecipe.replace(
        "origin: ami-0123456789abcdef0",
        "origin: { parameter: /aws/service/x }",
      ),
      before(bakery) {
        image({ OwnerId: "111122223333", ImageOwnerAlias: undefined })(bakery);
        const value = "ami-0123456789abcdef0";
        bakery.aws.parameters.set("/aws/service/x", { value, version: 1, at: 0, history: [] });
      },
    },
    {
      when: "its origin does not fit the Allowed AMIs",
      error: "ProvenanceFailed",
      says: /allowed_amis: ami-0123456789abcdef0 .* does not fit the account's Allowed AMIs/,
      outcome: "rejected",
      before: image({ ImageAllowed: false }),
    },
    {
      when: "the builder left no inventory that can be read",
      error: "CorruptRecord",
      says: /inventory\.json\.gz is no inventory/,
      order: found(Buffer.from("{}")),
    },
    {
      when: "the candidate is removed",
      error: "NotFound",
      says: /the candidate ami-\w+ was removed while it was judged/,
      after: { call: "RegisterImage", work: remove("images", "image") },
    },
  ],
  TestImage: [
    {
      when: "a test fails",
      error: "TestsFailed",
      says: /test/,
      outcome: "rejected",
      order: { testStatus: 1 },
    },
    {
      when: "the candidate is removed",
      error: "TestsFailed",
      says: /./,
      outcome: "rejected",
      ...refusing("GetConsoleOutput", "InvalidInstanceID.NotFound"),
      after: {
        call: "RegisterImage",
        work: ({ aws }) =>
          aws.faults.plan({
            call: "RunInstances",
            times: 9,
            fault: { kind: "error", name: "InvalidAMIID.NotFound", message: "gone" },
          }),
      },
    },
  ],
  PublishImage: [
    {
      when: "the policy changed meanwhile",
      error: "PolicyRefused",
      says: /largest|GiB|not allowed/,
      outcome: "rejected",
      after: {
        call: "RegisterImage",
        work: (bakery) => void bakery.drop("policies/team.yaml", "policy: { largest_volume: 1 }"),
      },
    },
    {
      when: "another prefix took the name",
      error: "PolicyRefused",
      says: /belongs to other\//,
      outcome: "rejected",
      after: {
        call: "RegisterImage",
        work: ({ aws }) =>
          void aws.objects.set("test-artifacts/names/web.json", {
            body: Buffer.from(JSON.stringify({ prefix: "other", at: "2026-01-01T00:00:00.000Z" })),
            at: 0,
          }),
      },
    },
    {
      when: "the candidate's record is damaged",
      error: "CorruptRecord",
      says: /image\.json/,
      after: {
        call: "RunInstances",
        times: 2,
        work: ({ aws }) =>
          void aws.objects.set(`${artifact}/image.json`, { body: Buffer.from("{"), at: 0 }),
      },
    },
    {
      when: "EC2 refuses what the recipe asks for",
      error: "UnauthorizedOperation",
      says: /no/,
      recipe: `${stockRecipe}  aws: { deprecate_after: 90d }\n`,
      ...refusing("EnableImageDeprecation", "UnauthorizedOperation"),
    },
  ],
};

describe.each(Object.keys(cases))("in %s", (state) => {
  test.each(cases[state] ?? [])(
    "when $when, the bake ends by $error, which is told, and nothing is left",
    async (one) => {
      const { status, error, told, left } = await run(one);
      expect({ status, error }).toEqual({ status: "FAILED", error: one.error });
      expect(left).toEqual([]);
      expect(told).toEqual([
        {
          ...{ version: 1, id: bake, bake, name: "web", stage: "test" },
          ...{ outcome: one.outcome ?? "failed", error: one.error },
          ...{ message: expect.stringMatching(one.says), at: expect.any(String) },
        },
      ]);
    },
  );
});

test("a bake whose announcements nobody takes is published all the same, and told later", async () => {
  const bakery = openAwsBakery();
  const fault = { kind: "error", name: "AuthorizationError", message: "no" } as const;
  // PublishImage's seven calls and the event's first; SNS takes what comes then
  bakery.aws.faults.plan({ call: "Publish", fault, times: 8 });
  const { error, told } = await bakery.run(() => bakery.bake(bake));
  expect(error).toBe("AnnouncementFailed");
  expect(told).toMatchObject([{ outcome: "published", imageId: expect.any(String), id: bake }]);
  expect(bakery.left()).toEqual([]);
});

test.each([
  ["InsufficientInstanceCapacity", "RunInstances"],
  ["VcpuLimitExceeded", "RunInstances"],
  ["VolumeLimitExceeded", "CreateVolume"],
])("%s for a while queues the bake, and does not fail it", async (name, call) => {
  const bakery = openAwsBakery();
  const fault = { kind: "error", name, message: "not now" } as const;
  bakery.aws.faults.plan({ call, fault, times: 40 });
  const { status, told } = await bakery.run(() => bakery.bake(bake));
  expect(status).toBe("SUCCEEDED");
  expect(told).toMatchObject([{ outcome: "published" }]);
  expect(bakery.left()).toEqual([]);
});
