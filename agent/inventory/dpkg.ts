import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Package } from "../../core/inventory.ts";
import { contentOf, type DatabaseContent, isField } from "./database-content.ts";
import { databaseText, DatabaseProblem } from "./database-file.ts";

/** States of dpkg(1) in which nothing of a package but its configuration is there. */
const gone = new Set(["not-installed", "config-files"]);

/** Reads dpkg's `status`: paragraphs of deb822(5), one a package. */
export const readDpkg = async (place: string): Promise<DatabaseContent | undefined> => {
  const text = await databaseText(place);
  return text === undefined ? undefined : contentOf(parseDpkg(text));
};

/** Bytes of all files of `status.d`. */
const largestFolder = 64 * 1024 ** 2;

/** Reads `status.d`, where images without dpkg itself have a file for each package. */
export const readDpkgFolder = async (place: string): Promise<DatabaseContent | undefined> => {
  const names = await readdir(place).catch(absent);
  if (names === undefined) return undefined;
  const read: (Package | "broken" | undefined)[] = [];
  let size = 0;
  for (const name of names.filter((name) => !name.endsWith(".md5sums")).toSorted()) {
    // listed and yet not there: its name is not UTF-8
    const text = await databaseText(join(place, name));
    size += text?.length ?? 0;
    if (size > largestFolder) throw new DatabaseProblem("it has more text than is read");
    read.push(...(text === undefined ? (["broken"] as const) : parseDpkg(text)));
  }
  return contentOf(read);
};

const absent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === "ENOENT") return undefined;
  throw new DatabaseProblem(`it is no folder that can be read: ${error.code}`, { cause: error });
};

const parseDpkg = (text: string): (Package | "broken" | undefined)[] =>
  text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map(packageOf);

const packageOf = (paragraph: string): Package | "broken" | undefined => {
  const fields = fieldsOf(paragraph);
  const state = fields.get("status")?.split(" ").at(-1) ?? "installed";
  if (gone.has(state)) return undefined;
  const [name, version] = [fields.get("package"), fields.get("version")];
  if (!isField(name) || !isField(version)) return "broken";
  const architecture = fields.get("architecture");
  return {
    ...{ kind: "dpkg", name, version },
    ...(isField(architecture) && { architecture }),
    source: sourceOf(fields.get("source"), { name, version }),
    ...(state !== "installed" && isField(state) && { state }),
  };
};

const wanted = new Set(["package", "status", "version", "architecture", "source"]);

/** The first of each field; lines that continue one begin with a space. */
const fieldsOf = (paragraph: string): Map<string, string> => {
  const fields = new Map<string, string>();
  for (const line of paragraph.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    if (wanted.has(name) && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim());
  }
  return fields;
};

/** `name`, or `name (version)` when its version is another; a package is its own when not said. */
const sourceOf = (field: string | undefined, own: { name: string; version: string }) => {
  const [, name, version] = /^(\S+)(?: \((\S+)\))?$/.exec(isField(field) ? field : "") ?? [];
  return { name: name ?? own.name, version: version ?? own.version };
};
