import { fits } from "../../pattern.ts";
import { shownName } from "../../inventory/names.ts";
import { type Ancestor, isStock } from "../../origin.ts";
import { type Facts, type Look, unknown } from "../facts.ts";
import type { Looks } from "../looks.ts";
import type { Item } from "../verdict.ts";

type Stock = Extract<Ancestor, { kind: "stock" }>;

const day = 24 * 60 * 60 * 1000;

/** Each of the stock images that an image descends from, held to something. */
const ofStock = (
  { lineage }: Facts,
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

const seenStock = ({ imageId, name, owner, ownerAlias, created }: Stock): Item => {
  const by = ownerAlias === undefined ? owner : `${owner}, ${ownerAlias}`;
  const since = created === undefined ? "" : `, made ${created}`;
  return { of: imageId, says: `${imageId} (${name}) of ${by}${since}` };
};

const another = "start from another image";

type Names =
  | "owners"
  | "providers"
  | "allowed_amis"
  | "deprecated"
  | "visibility"
  | "origin_age"
  | "pinned"
  | "parent_statement"
  | "parent_disk";

export const originLooks: Looks<Names> = {
  owners: ({ allowed, images }, facts) =>
    ofStock(facts, `${another}, or have the operator add its owner to owners.allowed`, (stock) => {
      const { imageId, owner, ownerAlias = "" } = stock;
      if (fits(imageId, images) || fits(owner, allowed)) return undefined;
      if (ownerAlias !== "" && fits(ownerAlias, allowed)) return undefined;
      if (owner === facts.account && fits("self", allowed)) return undefined;
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
    ofStock(facts, `${another}, or change the account's Allowed AMIs`, ({ allowed }) =>
      allowed === false ? "does not fit the account's Allowed AMIs" : undefined,
    ),
  deprecated: (_, facts) =>
    ofStock(facts, "start from a newer image of the same owner", ({ deprecated }) =>
      deprecated === undefined ? undefined : `has been deprecated by its owner since ${deprecated}`,
    ),
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
  pinned: (_, facts) => pinned(facts),
  parent_statement: (_, facts) => statement(facts),
  parent_disk: ({ allowed }, facts) => parentDisk(facts, allowed),
};

/** Of each ancestor, what tells it from any other; what was signed of a parent outlives it. */
const pinned = ({ lineage, origin, statement: told }: Facts): Look => {
  const seen = lineage.map((one) => ({ of: nameOf(one), says: pinOf(one) }));
  const [first] = lineage;
  const look = { looked: "every ancestor is known by its id", seen };
  const remedy = "bake the parent again, and this image from it";
  if (first?.kind !== "image") return { ...look, against: [], remedy };
  const of = nameOf(first);
  const tree = origin === undefined ? told?.tree : origin.digest;
  if (tree === undefined) {
    const says =
      origin === undefined ? `there is no inventory of ${of}` : `nobody noted a digest of ${of}`;
    return { ...look, against: [{ of, says }], remedy };
  }
  const pin = { of, says: `${of} with the tree ${tree}` };
  return { ...look, against: [], seen: [pin, ...seen.slice(1)], remedy };
};

const nameOf = (one: Ancestor): string => {
  switch (one.kind) {
    case "scratch":
      return one.suite;
    case "file":
      return one.file;
    case "image":
    case "stock":
      return one.imageId;
  }
};

const pinOf = (one: Ancestor): string => {
  switch (one.kind) {
    case "scratch":
      return `packages of ${one.distribution} ${one.suite}, each by its repository's signature`;
    case "file":
      return `${one.file} with ${one.digest}`;
    case "image":
      return `${one.imageId} (${one.name})`;
    case "stock":
      return `${one.imageId} of ${one.owner}, copied as ${one.copyId}`;
  }
};

const statement = ({ lineage: [first], statement: told }: Facts): Look => {
  const remedy = "bake the parent again, so that it has a statement that holds";
  if (first?.kind !== "image") {
    const looked =
      first !== undefined && isStock(first)
        ? "its origin is a stock image, of which there is no statement of ours"
        : "it starts from no image";
    return { against: [], looked, remedy };
  }
  if (told === undefined)
    return unknown(`the statement of ${first.imageId} was not verified`, remedy);
  const item = { of: first.imageId, says: told.says };
  if (told.verified) return { against: [], looked: told.says, seen: [item], remedy };
  return { against: [item], looked: "", remedy };
};

/** What somebody changed of the parent's disk after it was published: the agent compared it. */
const parentDisk = (
  { lineage: [first], inventory: { parent }, unchangeable }: Facts,
  allowed: readonly string[],
): Look => {
  const remedy = "find out who changed it, and bake the parent again; `ovenbird verify` names all";
  if (first?.kind !== "image") {
    return { against: [], looked: "it starts from no image of ours", remedy };
  }
  if (unchangeable !== undefined) return { against: [], looked: unchangeable, remedy };
  const { imageId } = first;
  if (parent === undefined) {
    return unknown(`nobody compared the disk of ${imageId} with what was baked`, remedy);
  }
  const changes = parent.changes.filter(({ of }) => !fits(of, allowed));
  const others = { of: imageId, says: `${parent.more} more changes of ${imageId}` };
  return {
    against: [
      ...changes.map(({ of, what }) => {
        const says = `${shownName(of)} of ${imageId} is not as it was baked: ${what}`;
        return { of, says };
      }),
      ...(parent.more > 0 ? [others] : []),
    ],
    looked: `the disk of ${imageId} was as it was baked when this bake began`,
    remedy,
  };
};
