import type { Inventory } from "../inventory.ts";
import type { Lineage } from "../origin.ts";
import type { Scan } from "../vulnerabilities/finding.ts";
import type { RecipeFacts } from "./recipe-facts.ts";
import type { Item, WaivedItem } from "./verdict.ts";

/** What was found out about the statement of a parent that was baked here. */
export interface ParentStatement {
  verified: boolean;
  /** A sentence: what was proven, or what was not. */
  says: string;
  /** `sha256:` and 64 digits of the parent's tree, as the image's own statement has it. */
  tree?: string;
}

/** All that an image is judged by. */
export interface Facts {
  inventory: Inventory;
  /** Of what the image started from; absent where none was taken. */
  origin?: Inventory | undefined;
  lineage: Lineage;
  /** What vulnerabilities were found; or why there could be no search. */
  scan: Scan | { impossible: string };
  /** Absent where nobody looked. */
  statement?: ParentStatement | undefined;
  /** Why nobody can have changed a parent's disk: a sentence; absent where somebody can. */
  unchangeable?: string | undefined;
  recipe: RecipeFacts;
  /** The account that bakes; absent on one machine. */
  account?: string | undefined;
  now: Date;
}

/** What a rule makes of the facts. */
export type Look =
  | {
      /** All that is against the image; nothing, when it passes. */
      against: Item[];
      /** What was looked at, when nothing is against it: a sentence. */
      looked: string;
      /** Evidence of a pass. */
      seen?: Item[];
      /** What the policy makes an exception of, apart from waivers. */
      excepted?: WaivedItem[];
      /** What to do: a sentence. */
      remedy: string;
    }
  /** It cannot be known: a sentence. That is never a pass. */
  | { unknown: string; remedy: string };

export const unknown = (why: string, remedy: string): Look => ({ unknown: why, remedy });

/** Parts of an inventory that are there when somebody looked. */
type Section =
  "owned" | "repositories" | "modules" | "activity" | "telemetry" | "secrets" | "languagePackages";

/** What was looked for, as people say. */
const named: Record<Section, string> = {
  owned: "whose the image's files are",
  repositories: "repositories",
  modules: "kernel modules",
  activity: "services",
  telemetry: "telemetry",
  secrets: "secrets",
  languagePackages: "packages of languages",
};

const bakeAgain = "bake the image again, so that it is looked for";

/**
 * A look at sections of the inventory. A section that is not there was not looked for, and one of
 * which something could not be read is not all there is: then nothing is known.
 */
export const lookAt = <Name extends Section>(
  { inventory }: Facts,
  sections: readonly Name[],
  look: (found: { [Key in Name]: NonNullable<Inventory[Key]> }) => Look,
): Look => {
  const missing = sections.filter((name) => inventory[name] === undefined);
  if (missing.length > 0) {
    const what = missing.map((name) => named[name]).join(" and ");
    return unknown(`${what} were not looked for`.replace(/^(whose.*) were/, "$1 was"), bakeAgain);
  }
  const looked = look(inventory as { [Key in Name]: NonNullable<Inventory[Key]> });
  const problems = (inventory.problems ?? []).filter(({ section }) =>
    (sections as readonly string[]).includes(section),
  );
  if ("unknown" in looked || problems.length === 0) return looked;
  const unread = problems.map(({ path, reason }) => ({ of: path, says: `${path}: ${reason}` }));
  return { ...looked, against: [...looked.against, ...unread] };
};
