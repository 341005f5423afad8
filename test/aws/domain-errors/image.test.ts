import { expect, test } from "vitest";
import { openAwsBakery, stockRecipe } from "../../support/aws-double/bakery.ts";
import { artifact, bake, endsOf, refusing, remove } from "../../support/aws-double/failing.ts";

endsOf("RegisterImage", [
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
    error: "NotPermitted",
    says: /^AWS does not permit that here.*OperationNotPermitted/,
    ...refusing("RegisterImage", "OperationNotPermitted"),
  },
]);

endsOf("TestImage", [
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
]);

endsOf("PublishImage", [
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
    error: "NotPermitted",
    says: /^the role of this state's function lacks a permission.*UnauthorizedOperation/,
    recipe: `${stockRecipe}  aws: { deprecate_after: 90d }\n`,
    ...refusing("EnableImageDeprecation", "UnauthorizedOperation"),
  },
]);

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
