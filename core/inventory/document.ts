import { gunzipSync } from "node:zlib";
import { Inventory } from "../inventory.ts";

/** The name of an image's inventory in the folder of its disk. */
export const inventoryFile = "inventory.json.gz";

/** Items in one piece of text: pieces cost, and so does a piece of a gigabyte. */
const pieceItems = 500;

/**
 * An inventory as one JSON document, in pieces, with a line for each package and file. Two equal
 * inventories have the same text; packed by gzip it is the file of that name.
 */
export function* inventoryText(inventory: Inventory): Generator<string> {
  yield* inventoryBody(inventory);
  yield* inventoryEnd(inventory.regions);
}

/** The same, but for what lies outside of file systems: that is read last. */
export function* inventoryBody(inventory: Inventory): Generator<string> {
  const { format, digest, size, distribution, databases, packages, unread, files } = inventory;
  yield `{"format":${format},\n`;
  if (digest !== undefined) yield `"digest":${JSON.stringify(digest)},\n`;
  yield `"size":${JSON.stringify(size)},\n`;
  const { problems, owned, repositories, keys, modules } = inventory;
  if (distribution !== undefined) yield `"distribution":${JSON.stringify(distribution)},\n`;
  yield* list("databases", databases);
  yield ",\n";
  yield* list("packages", packages);
  yield ",\n";
  yield* optionalList("activity", inventory.activity);
  yield* optionalList("telemetry", inventory.telemetry);
  yield* optionalList("secrets", inventory.secrets);
  yield* optionalList("languagePackages", inventory.languagePackages);
  yield* list("unread", unread);
  yield ",\n";
  yield* optionalList("problems", problems);
  if (owned !== undefined) {
    yield `"owned":{`;
    yield* optionalList("unowned", owned.unowned);
    yield* list("differing", owned.differing);
    yield "},\n";
  }
  yield* optionalList("repositories", repositories);
  yield* optionalList("lists", inventory.lists);
  yield* optionalList("keys", keys);
  yield* optionalList("modules", modules);
  yield* list("files", files);
  if (inventory.checks !== undefined) yield ",\n";
  if (inventory.checks !== undefined) yield* list("checks", inventory.checks);
  if (inventory.parent !== undefined) yield `,\n"parent":${JSON.stringify(inventory.parent)}`;
  if (inventory.resumed !== undefined) yield `,\n"resumed":${JSON.stringify(inventory.resumed)}`;
}

/** What follows on the body. */
export function* inventoryEnd(regions: Inventory["regions"]): Generator<string> {
  if (regions !== undefined) {
    yield ",\n";
    yield* list("regions", regions);
  }
  yield "}\n";
}

function* optionalList(name: string, items?: readonly unknown[]): Generator<string> {
  if (items === undefined) return;
  yield* list(name, items);
  yield ",\n";
}

function* list(name: string, items: readonly unknown[]): Generator<string> {
  yield `"${name}":[`;
  for (let at = 0; at < items.length; at += pieceItems) {
    const lines = items.slice(at, at + pieceItems).map((item) => JSON.stringify(item));
    yield `${at === 0 ? "\n" : ",\n"}${lines.join(",\n")}`;
  }
  yield "]";
}

/** Bytes of an inventory's text that are unpacked: a million files have about 400 MB. */
const mostText = 512 * 1024 ** 2;

/** The inventory in a file that holds one. Throws a ZodError, or an error of zlib or of JSON. */
export const unpackInventory = (packed: Uint8Array): Inventory => {
  const text = gunzipSync(packed, { maxOutputLength: mostText }).toString("utf8");
  return Inventory.parse(JSON.parse(text));
};
