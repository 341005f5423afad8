import { writeFile } from "node:fs/promises";
import { amiReport } from "../aws/ami-report.ts";
import { openArchive } from "../aws/prove-ami.ts";
import { print } from "../output.ts";

interface Options {
  output?: string;
  stage?: string;
}

/** Writes what a stage keeps of an image, for people: one page that needs nothing else. */
export const reportOnAws = async ([named = ""]: string[], options: Options): Promise<void> => {
  const page = await amiReport(await openArchive(options.stage), named);
  if (options.output === undefined) print(page.trimEnd());
  else await writeFile(options.output, page);
};
