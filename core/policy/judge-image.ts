import type { BakeId, ImageId } from "../ids.ts";
import type { Lineage } from "../origin.ts";
import type { Inventories, Judgement, KeptInventory } from "../ports.ts";
import type { Vulnerabilities } from "../vulnerabilities/finding.ts";
import type { Facts, ParentStatement } from "./facts.ts";
import type { ProvenanceInForce } from "./in-force.ts";
import { judge } from "./judge.ts";
import type { RecipeFacts } from "./recipe-facts.ts";
import { lostDatabases, whyNoPackages } from "./package-databases.ts";
import type { ProvenancePolicy } from "./schema.ts";
import { scanOf } from "./scan.ts";
import { tightened } from "./tighten.ts";

/** Those who know what an image is judged by. */
export interface Witnesses {
  inventories: Inventories;
  /** Absent where nobody was told whom to ask: that is never a pass. */
  vulnerabilities?: Vulnerabilities | undefined;
  /** What is proven of a parent that was baked here, whose inventory is that one. */
  statementOf: (parent: ImageId, inventory: KeptInventory | undefined) => Promise<ParentStatement>;
  /** The account that bakes; absent on one machine. */
  account?: string;
  /** Why nobody can change the disk of an image that was baked: a sentence; absent if one can. */
  unchangeable?: string;
}

export interface Judgeable {
  bake: BakeId;
  lineage: Lineage;
  recipe: RecipeFacts;
}

/** What was said of an image, by what, and of what. */
export interface Hearing extends Judgement {
  facts: Facts;
  /** The operator's, with what the recipe says beside it. */
  policy: ProvenancePolicy;
}

/** Gathers what is known of an image, and judges it. Throws NotFound, CorruptRecord, StatementBroken. */
export const judgeImage = async (
  witnesses: Witnesses,
  { policy: operators, file }: ProvenanceInForce,
  { bake, lineage, recipe }: Judgeable,
): Promise<Hearing> => {
  const { inventories, statementOf, vulnerabilities, account, unchangeable } = witnesses;
  const [first] = lineage;
  const parent = first?.kind === "image" ? first.imageId : undefined;
  const { inventory, digest } = await inventories.ofBake(bake);
  const { policy } = tightened(operators, recipe.policy);
  const kept = parent && (await inventories.ofImage(parent));
  const origin = kept?.inventory;
  const known = { inventory, origin, lineage };
  const blind = lostDatabases(known)[0]?.says ?? whyNoPackages(known);
  const scan = await scanOf(vulnerabilities, inventory, blind);
  const facts: Facts = {
    ...{ inventory, recipe, lineage, account, unchangeable, now: new Date(), scan },
    origin,
    statement: parent && (await statementOf(parent, kept)),
  };
  const verdict = {
    ...{ ...judge(policy, facts), inventory: digest },
    ...(file !== undefined && { policy: file }),
  };
  return { verdict, facts, policy, ...(!("impossible" in scan) && { scan }) };
};
