import type { BakeryOrder } from "../../support/aws-double/bakery.ts";
import { stockRecipe } from "../../support/aws-double/bakery.ts";
import { endsOf, remove, stockIs } from "../../support/aws-double/failing.ts";
import { cleanInventory, packed } from "../../support/clean-inventory.ts";
import { disk } from "../../support/local-state.ts";

const found = (inventory: Buffer): BakeryOrder => ({
  agent: { after: 9000, result: { status: "succeeded", disk }, inventory },
});

endsOf("CheckProvenance", [
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
      stockIs({ OwnerId: "111122223333", ImageOwnerAlias: undefined })(bakery);
      const value = "ami-0123456789abcdef0";
      bakery.aws.parameters.set("/aws/service/x", { value, version: 1, at: 0, history: [] });
    },
  },
  {
    when: "its origin does not fit the Allowed AMIs",
    error: "ProvenanceFailed",
    says: /allowed_amis: ami-0123456789abcdef0 .* does not fit the account's Allowed AMIs/,
    outcome: "rejected",
    before: stockIs({ ImageAllowed: false }),
  },
  {
    when: "the builder left no inventory that can be read",
    error: "CorruptRecord",
    says: /inventory\.json\.gz is no inventory/,
    order: found(Buffer.from("{}")),
  },
  {
    when: "the candidate is removed",
    error: "InvalidAMIID.NotFound",
    says: /./,
    after: { call: "RegisterImage", work: remove("images", "image") },
  },
]);
