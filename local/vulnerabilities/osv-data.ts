import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { openPromise } from "yauzl";
import { ScanImpossible } from "../../core/errors.ts";
import { exploitedFile } from "../../core/vulnerabilities/known-exploited.ts";

/**
 * A copy of OSV's data: a folder with, anywhere in it, `all.zip` of ecosystems as OSV publishes
 * them, or records as single files of JSON; and CISA's catalogue under its own name, when the copy
 * is to know what is used in attacks. https://google.github.io/osv.dev/data/#data-dumps
 */
export interface OsvData {
  /** Changes when any of its files does. */
  version: string;
  /** Text of each record. */
  records(): AsyncGenerator<{ from: string; text: string }>;
  /** Text of CISA's catalogue. */
  exploited(): Promise<string | undefined>;
}

/** Looks at what is in the folder, and reads none of it yet. */
export const openOsvData = async (folder: string): Promise<OsvData> => {
  const names = (await readdir(folder, { recursive: true })).toSorted();
  const files = names.filter((name) => /\.(?:zip|json)$/.test(name));
  const catalogue = files.find((name) => name.split("/").at(-1) === exploitedFile);
  return {
    version: versionOf(folder, files),
    async *records() {
      for (const name of files) {
        const path = join(folder, name);
        if (name.endsWith(".zip")) yield* recordsIn(path);
        else if (name !== catalogue) yield { from: path, text: await readFile(path, "utf8") };
      }
    },
    async exploited() {
      return catalogue === undefined ? undefined : readFile(join(folder, catalogue), "utf8");
    },
  };
};

/** At once: a whole distribution's single records are tens of thousands, of which each would wait. */
const versionOf = (folder: string, files: readonly string[]): string => {
  const digest = createHash("sha256");
  for (const name of files) {
    const { size, mtimeMs } = statSync(join(folder, name));
    digest.update(`${name}\0${size}\0${mtimeMs}\n`);
  }
  return digest.digest("hex");
};

async function* recordsIn(path: string): AsyncGenerator<{ from: string; text: string }> {
  try {
    const zip = await openPromise(path);
    try {
      for await (const entry of zip.eachEntry()) {
        if (!entry.fileName.endsWith(".json")) continue;
        const stream = await zip.openReadStreamPromise(entry);
        yield { from: `${path}: ${entry.fileName}`, text: await text(stream) };
      }
    } finally {
      zip.close();
    }
  } catch (error) {
    throw new ScanImpossible(`${path} is no whole zip; fetch it again`, { cause: error });
  }
}
