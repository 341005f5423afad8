import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Inventory } from "../../core/inventory.ts";
import type { DiskRegion } from "../../core/inventory/found/disk-region.ts";
import { inventoryBody, inventoryEnd, inventoryText } from "../../core/inventory/document.ts";

/** The hashes do not get smaller, so more effort saves a tenth and takes twice as long. */
const level = 1;

/** An inventory's new file, written while what lies outside of file systems is still to be read. */
export interface InventoryFile extends Disposable {
  /** Begins to write what was found in them. */
  begin(inventory: Inventory): void;
  /** Ends it with the rest. Throws what writing threw. */
  end(regions: DiskRegion[]): Promise<void>;
}

/** An inventory is written as gzipped JSON. */
export const openInventoryFile = (path: string): InventoryFile => {
  const rest = Promise.withResolvers<DiskRegion[]>();
  rest.promise.catch(() => undefined);
  let written = Promise.resolve();
  return {
    begin(inventory) {
      written = writePacked(path, textOf(inventory, rest.promise));
      written.catch(() => undefined); // heard of in the end
    },
    async end(regions) {
      rest.resolve(regions);
      await written;
    },
    [Symbol.dispose]: () => rest.reject(new Error("there is no more of the inventory")),
  };
};

/** Writes a whole inventory to a new file. */
export const writeInventory = (path: string, inventory: Inventory): Promise<void> =>
  writePacked(path, inventoryText(inventory));

async function* textOf(
  inventory: Inventory,
  regions: Promise<DiskRegion[]>,
): AsyncGenerator<string> {
  yield* inventoryBody(inventory);
  yield* inventoryEnd(await regions);
}

const writePacked = (path: string, text: Iterable<string> | AsyncIterable<string>): Promise<void> =>
  pipeline(Readable.from(text), createGzip({ level }), createWriteStream(path, { flags: "wx" }));
