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
    when: "the copy fails",
    error: "OriginFailed",
    says: /the key is away/,
    before: ({ aws }) => void aws.failures.push("the key is away"),
  },
]);
