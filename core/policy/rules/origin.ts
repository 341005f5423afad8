import { fits } from "../../pattern.ts";
import { shownName } from "../../inventory/names.ts";
import { type Ancestor, isStock } from "../../origin.ts";
import { type Facts, type Look, unknown } from "../facts.ts";
import type { Looks } from "../looks.ts";
import { undemanded } from "./stock-disk.ts";
import { type StockRule, stockLooks } from "./stock.ts";

type Names = StockRule | "pinned" | "parent_statement" | "parent_disk";

export const originLooks: Looks<Names> = {
  ...stockLooks,
  pinned: (_, facts) => pinned(facts),
  parent_statement: (_, facts) => statement(facts),
  parent_disk: ({ allowed }, facts) => parentDisk(facts, allowed),
};

/** Of each ancestor, what tells it from any other; what was signed of a parent outlives it. */
const pinned = ({ lineage, origin, statement: told }: Facts): Look => {
  const seen = lineage.map((one) => ({ of: nameOf(one), says: pinOf(one) }));
  const [first] = lineage;
  const look = { looked: "every ancestor is known by its id", seen };
  if (first?.kind === "file") return { ...look, ...undemanded(first) };
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
      return `${one.file} with ${one.digest}${one.demanded === true ? ", as its recipe says" : ""}`;
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
    looked:
      parent.unwritten === true
        ? `nobody wrote to the disk of ${imageId} since it was baked`
        : `the disk of ${imageId} was as it was baked when this bake began`,
    remedy,
  };
};
