import { type Ancestor, type UncopiedStock } from "../../origin.ts";
import { fits } from "../../pattern.ts";
import type { Look } from "../facts.ts";
import { isOwnerAllowed } from "../owner-allowed.ts";
import type { RuleSettings } from "../rules.ts";
import type { Item } from "../verdict.ts";

type Stock = UncopiedStock;

/** What the rules below look at: it is known before there is an image. */
export interface StockFacts {
  lineage: readonly (Ancestor | UncopiedStock)[];
  account?: string | undefined;
  now: Date;
}

const day = 24 * 60 * 60 * 1000;

/** Each of the stock images that an image descends from, held to something. */
const ofStock = (
  { lineage }: StockFacts,
  remedy: string,
  wrong: (stock: Stock) => string | undefined,
): Look => {
  const stocks = lineage.filter((one): one is Stock => one.kind === "stock");
  return {
    against: stocks.flatMap((stock): Item[] => {
      const why = wrong(stock);
      return why === undefined
        ? []
        : [{ of: stock.imageId, says: `${stock.imageId} (${stock.name}) ${why}` }];
    }),
    looked:
      stocks.length === 0 ? "there is no stock image behind it" : "the stock images are right",
    seen: stocks.map(seenStock),
    remedy,
  };
};

const seenStock = ({ imageId, name, owner, ownerAlias, created, told }: Stock): Item => {
  const by = ownerAlias === undefined ? owner : `${owner}, ${ownerAlias}`;
  const since = created === undefined ? "" : `, made ${created}`;
  const when = told === "at copying" ? "; it is gone, and was so when it was copied" : "";
  return { of: imageId, says: `${imageId} (${name}) of ${by}${since}${when}` };
};

const gone = "was gone when it was used, and nobody noted before";

const another = "start from another image";

/** Rules on the stock images behind an image, and on nothing else. */
export type StockRule =
  "owners" | "providers" | "allowed_amis" | "deprecated" | "visibility" | "origin_age";

export const stockLooks: {
  [Rule in StockRule]: (settings: RuleSettings[Rule], facts: StockFacts) => Look;
} = {
  owners: ({ allowed, images }, facts) =>
    ofStock(facts, `${another}, or have the operator add its owner to owners.allowed`, (stock) => {
      if (isOwnerAllowed(stock, { owners: allowed, images }, facts.account)) return undefined;
      const { owner } = stock;
      return `is of ${owner === "" ? "nobody knows whom" : owner}, which is none of the owners that are allowed`;
    }),
  providers: ({ allowed }, facts) =>
    ofStock(
      facts,
      `${another}, or have the operator add the alias to providers.allowed`,
      (stock) =>
        fits(stock.ownerAlias ?? "", allowed)
          ? undefined
          : `has ${stock.ownerAlias === undefined ? "no alias of EC2's" : `the alias ${stock.ownerAlias}`} for its owner, and one is needed that is allowed`,
    ),
  allowed_amis: (_, facts) =>
    ofStock(facts, `${another}, or change the account's Allowed AMIs`, ({ allowed, told }) => {
      if (allowed === false) return "does not fit the account's Allowed AMIs";
      return told === "never" ? `${gone} whether it fits the account's Allowed AMIs` : undefined;
    }),
  deprecated: (_, facts) =>
    ofStock(facts, "start from a newer image of the same owner", ({ deprecated, told }) => {
      if (deprecated !== undefined) return `has been deprecated by its owner since ${deprecated}`;
      return told === "never" ? `${gone} whether its owner advises against it` : undefined;
    }),
  visibility: ({ wanted }, facts) =>
    ofStock(facts, another, ({ public: isPublic }) => {
      if (wanted === "any") return undefined;
      if (isPublic === undefined) return "was there before anybody noted whether it is public";
      if (isPublic === (wanted === "public")) return undefined;
      return `is ${isPublic ? "public" : "shared with this account only, or with few"}`;
    }),
  origin_age: ({ most }, facts) =>
    ofStock(facts, "start from a newer image", ({ created }) => {
      if (most === null) return undefined;
      if (created === undefined) return "was there before anybody noted when it was made";
      const days = Math.floor((facts.now.getTime() - Date.parse(created)) / day);
      return days <= most ? undefined : `is ${days} days old; ${most} are allowed`;
    }),
};
