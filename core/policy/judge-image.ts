import type { BakeId, ImageId } from "../ids.ts";
import type { Inventory } from "../inventory.ts";
import type { Lineage } from "../origin.ts";
import type { Inventories, Judgement } from "../ports.ts";
import type { Vulnerabilities } from "../vulnerabilities/finding.ts";
import type { ParentStatement } from "./facts.ts";
import type { ProvenanceInForce } from "./in-force.ts";
import { judge } from "./judge.ts";
import type { RecipeFacts } from "./recipe-facts.ts";
import { scanOf } from "./scan.ts";
import { tightened } from "./tighten.ts";

/** Those who know what an image is judged by. */
export interface Witnesses {
  inventories: Inventories;
  /** Absent where nobody was told whom to ask: that is never a pass. */
  vulnerabilities?: Vulnerabilities | undefined;
  /** What is proven of a parent that was baked here, whose inventory is that one. */
  statementOf: (parent: ImageId, inventory: Inventory | undefined) => Promise<ParentStatement>;
  /** The account that bakes; absent on one machine. */
  account?: string;
}

export interface Judgeable {
  bake: BakeId;
  lineage: Lineage;
  recipe: RecipeFacts;
}

/** Gathers what is known of an image, and judges it. Throws NotFound, CorruptRecord. */
export const judgeImage = async (
  witnesses: Witnesses,
  { policy: operators, file }: ProvenanceInForce,
  { bake, lineage, recipe }: Judgeable,
): Promise<Judgement> => {
  const { inventories, statementOf, vulnerabilities, account } = witnesses;
  const [first] = lineage;
  const parent = first?.kind === "image" ? first.imageId : undefined;
  const inventory = await inventories.ofBake(bake);
  const { policy } = tightened(operators, recipe.policy);
  const origin = parent && (await inventories.ofImage(parent));
  const scan = await scanOf(vulnerabilities, inventory);
  const verdict = judge(policy, {
    ...{ inventory, recipe, lineage, account, now: new Date(), scan, origin },
    statement: parent && (await statementOf(parent, origin)),
  });
  return {
    verdict: { ...verdict, ...(file !== undefined && { policy: file }) },
    ...(!("impossible" in scan) && { scan }),
  };
};
