import { createReadStream } from "node:fs";
import { dirname, join } from "node:path";
import { createGunzip } from "node:zlib";
import type { Image } from "../core/image.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import { isMissing } from "../local/missing.ts";
import type { Bakery } from "./bakery.ts";

/** Characters of an inventory in which its digest is, when it has one. */
const head = 200;

/**
 * The digest of an image's file tree, from its inventory's second line: of a large image all of it
 * takes seconds to read. Undefined when there is none.
 */
export const treeDigestOf = async (bakery: Bakery, image: Image): Promise<string | undefined> => {
  const packed = createReadStream(join(dirname(bakery.disk(image)), inventoryFile));
  const unpacked = createGunzip();
  packed.on("error", (error) => unpacked.destroy(error)).pipe(unpacked);
  try {
    let text = "";
    for await (const chunk of unpacked.setEncoding("utf8")) {
      text += String(chunk);
      if (text.length > head) break;
    }
    return /^"digest":"(sha256:[0-9a-f]{64})",$/m.exec(text.slice(0, head))?.[1];
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  } finally {
    packed.destroy();
  }
};
