import { diffInventories } from "../../core/inventory/diff.ts";
import { openBakery } from "../bakery.ts";
import { diffPage } from "../diff-page.ts";
import { inventoryOf } from "../inventory-of.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Says in what two images differ: packages, files and size, from the first to the second. */
export const diff = async ([from = "", to = ""]: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const images = { from: await bakery.find(from), to: await bakery.find(to) };
  const before = await inventoryOf(bakery, images.from);
  const found = diffInventories(before, await inventoryOf(bakery, images.to));
  const ids = { from: images.from.imageId, to: images.to.imageId };
  if (options.json) printJson({ images: ids, ...found });
  else
    print(
      `from ${ids.from} (${images.from.name}) to ${ids.to} (${images.to.name})\n\n${diffPage(found)}`,
    );
};
