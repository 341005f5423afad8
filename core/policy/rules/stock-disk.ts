import type { Ancestor } from "../../origin.ts";
import type { Look } from "../facts.ts";
import type { Item } from "../verdict.ts";
import type { StockFacts } from "./stock.ts";

type StockDisk = Extract<Ancestor, { kind: "file" }>;

/** A digest that was only found tells which disk it was, and not that it is the publisher's. */
export const undemanded = ({
  file,
  digest,
  demanded,
}: StockDisk): { against: Item[]; remedy: string } => ({
  against:
    demanded === true
      ? []
      : [{ of: file, says: `the recipe does not say which digest ${file} has; it is ${digest}` }],
  remedy: `compare it with the one that the disk's publisher tells, and write that below the origin's file: digest: ${digest}`,
});

/** What the rule `pinned` will say of a stock disk: it is known before there is an image. */
export const pinnedDisk = ({ lineage: [first] }: Pick<StockFacts, "lineage">): Look => {
  const look = { against: [], looked: "it starts from no stock disk", remedy: "" };
  return first?.kind === "file" ? { ...look, ...undemanded(first) } : look;
};
