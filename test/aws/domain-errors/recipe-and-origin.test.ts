import { stockRecipe } from "../../support/aws-double/bakery.ts";
import { endsOf, stockIs } from "../../support/aws-double/failing.ts";

endsOf("ReadRecipe", [
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
]);

endsOf("ResolveOrigin", [
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
    before: stockIs({
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
    when: "its origin is of nobody that is known",
    error: "PolicyRefused",
    outcome: "rejected",
    says: /owners: ami-0123456789abcdef0 .* is of 111122223333, which is none of the owners/,
    recipe: stockRecipe.replace(
      "origin: ami-0123456789abcdef0",
      "origin: { parameter: /aws/service/x }",
    ),
    before(bakery) {
      stockIs({ OwnerId: "111122223333", ImageOwnerAlias: undefined })(bakery);
      const value = "ami-0123456789abcdef0";
      bakery.aws.parameters.set("/aws/service/x", { value, version: 1, at: 0, history: [] });
    },
  },
  {
    when: "its origin does not fit the Allowed AMIs",
    error: "PolicyRefused",
    outcome: "rejected",
    says: /allowed_amis: ami-0123456789abcdef0 .* does not fit the account's Allowed AMIs/,
    before: stockIs({ ImageAllowed: false }),
  },
  {
    when: "the copy fails",
    error: "OriginFailed",
    says: /the key is away/,
    before: ({ aws }) => void aws.failures.push("the key is away"),
  },
]);
