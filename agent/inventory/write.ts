import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Inventory } from "../../core/inventory.ts";
import { inventoryText } from "../../core/inventory/document.ts";

/** The hashes do not get smaller, so more effort saves a tenth and takes twice as long. */
const level = 1;

/** Writes an inventory to a new file, as gzipped JSON. */
export const writeInventory = async (path: string, inventory: Inventory): Promise<void> => {
  await pipeline(
    Readable.from(inventoryText(inventory)),
    createGzip({ level }),
    createWriteStream(path, { flags: "wx" }),
  );
};
