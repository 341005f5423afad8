import { writeFile } from "node:fs/promises";
import { type SbomFormat, sbomText } from "../../core/sbom/formats.ts";
import { openBakery } from "../bakery.ts";
import { inventoryOf } from "../inventory-of.ts";
import { printDocument, tameJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  format: SbomFormat;
  output?: string;
  state?: string;
}

/** Writes what software is in an image, for programs. */
export const sbom = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const image = await bakery.find(idOrName);
  const text = tameJson(sbomText(await inventoryOf(bakery, image), image.name, options.format));
  if (options.output === undefined) printDocument(text.trimEnd());
  else await writeFile(options.output, text);
};
