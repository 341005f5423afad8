import type { BakeryOrder } from "../../support/aws-double/bakery.ts";
import { endsOf, remove } from "../../support/aws-double/failing.ts";
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
]);
