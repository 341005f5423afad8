import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { closeSync, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";
import type { ListRead, ListsAhead } from "./ahead.ts";
import { fileFlags } from "../content.ts";
import { DatabaseProblem } from "../database-file.ts";
import { systemPath } from "../place.ts";

/** Packages that are looked for, as PackageOrigins has them. */
export interface Wanted {
  names: ReadonlySet<string>;
  keys: ReadonlySet<string>;
}

/** Characters of a package's own part of it. */
const longest = 1024 ** 2;

/** Bytes that are read at once. */
const part = 1024 ** 2;

/** How a list may be packed that apt keeps as it fetched it; apt's own choice is not to. */
const unpackers: Readonly<Record<string, () => Gunzip | ZstdDecompress>> = {
  ".gz": createGunzip,
  ".zst": createZstdDecompress,
};

/** Endings of the names of lists: Node has nothing that unpacks the last of them. */
export const listEndings = ["", ...Object.keys(unpackers), ".lz4", ".xz", ".bz2", ".lzma"];

export interface ListOrder {
  /** On the host. */
  place: string;
  /** One of `listEndings`. */
  ending: string;
  wanted: Wanted;
  /** Bytes of it that are read, unpacked. */
  most: number;
  ahead?: ListsAhead | undefined;
}

/**
 * Reads a list of packages once, for what it has of the wanted ones, and for its digest. Nobody
 * may write to it meanwhile. Throws DatabaseProblem.
 */
export const scanList = async ({
  place,
  ending,
  wanted: { names, keys },
  most,
  ahead,
}: ListOrder): Promise<{ sha256: string; bytes: number; found: string[] }> => {
  const hash = createHash("sha256");
  const found: string[] = [];
  const look = (paragraph: string): void => {
    const name = fieldOf(paragraph, "Package");
    if (name === undefined || !names.has(name)) return;
    const key = `${name} ${fieldOf(paragraph, "Version")} ${fieldOf(paragraph, "Architecture")}`;
    if (keys.has(key)) found.push(key);
  };
  const stats = lstatSync(systemPath(place), { throwIfNoEntry: false });
  const known = stats?.isFile() === true && ending === "" ? await ahead?.of(stats) : undefined;
  if (known !== undefined && stats !== undefined && stats.size <= most) {
    for (const paragraph of paragraphsOf(place, known, names)) look(paragraph);
    return { sha256: known.sha256, bytes: stats.size, found };
  }
  let [rest, bytes] = ["", 0];
  for await (const chunk of opened(place, ending)) {
    hash.update(chunk);
    bytes += chunk.length;
    if (bytes > most) throw new DatabaseProblem("it has more bytes than are read of all lists");
    const text = rest + chunk.toString("latin1");
    let at = 0;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n", at)) {
      // most begin with a name that nobody looks for: those are not even cut out
      if (!isOther(text, at, names)) look(text.slice(at, end));
      at = end + 2;
    }
    rest = text.slice(at);
    if (rest.length > longest) throw new DatabaseProblem("it has a part without an end");
  }
  look(rest);
  return { sha256: hash.digest("hex"), bytes, found };
};

/** Those of a list that was read ahead which may be of packages of these names. */
function* paragraphsOf(
  place: string,
  { places }: ListRead,
  names: ReadonlySet<string>,
): Generator<string> {
  const descriptor = openSync(systemPath(place), fileFlags);
  try {
    for (const [start, end] of ["", ...names].flatMap((name) => places.get(name) ?? [])) {
      const bytes = Buffer.alloc(end - start);
      readSync(descriptor, bytes, { position: start });
      yield bytes.toString("latin1");
    }
  } finally {
    closeSync(descriptor);
  }
}

const first = "Package: ";

/** Whether a paragraph begins as almost all do, and is of another package. */
const isOther = (text: string, at: number, names: ReadonlySet<string>): boolean =>
  text.startsWith(first, at) &&
  !names.has(text.slice(at + first.length, text.indexOf("\n", at)).trim());

/** A field of a paragraph, which has it at its beginning or at that of a line. */
const fieldOf = (paragraph: string, name: string): string | undefined => {
  const begin = `${name}: `;
  const at = paragraph.startsWith(begin) ? 0 : paragraph.indexOf(`\n${begin}`) + 1;
  if (at === 0 && !paragraph.startsWith(begin)) return undefined;
  const end = paragraph.indexOf("\n", at);
  return paragraph.slice(at + begin.length, end === -1 ? undefined : end).trim();
};

async function* opened(place: string, ending: string): AsyncGenerator<Buffer> {
  try {
    const unpack = unpackers[ending]?.();
    if (ending === "") yield* partsOf(place);
    else if (unpack === undefined) throw new DatabaseProblem(`it is packed as ${ending}`);
    else yield* pipeline(Readable.from(partsOf(place)), unpack, () => undefined);
  } catch (error) {
    if (error instanceof DatabaseProblem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DatabaseProblem(`it cannot be read: ${code ?? message}`, { cause: error });
  }
}

function* partsOf(place: string): Generator<Buffer> {
  const descriptor = openSync(systemPath(place), fileFlags);
  try {
    if (!fstatSync(descriptor).isFile()) throw new DatabaseProblem("it is not a file");
    for (;;) {
      const buffer = Buffer.allocUnsafe(part);
      const got = readSync(descriptor, buffer);
      if (got === 0) return;
      yield buffer.subarray(0, got);
    }
  } finally {
    closeSync(descriptor);
  }
}
