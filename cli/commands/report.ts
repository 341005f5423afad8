import { writeFile } from "node:fs/promises";
import { openBakery } from "../bakery.ts";
import { printDocument } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  output?: string;
  state?: string;
}

/** Writes all that is known of an image, for people: one page that needs nothing else. */
export const report = async ([imageOrBake = ""]: string[], options: Options): Promise<void> => {
  const page = await openBakery(stateDirOf(options.state)).report(imageOrBake);
  if (options.output === undefined) printDocument(page.trimEnd());
  else await writeFile(options.output, page);
};
