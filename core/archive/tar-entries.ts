import { on, once } from "node:events";
import { Parser } from "tar/parse";
import type { ReadEntry } from "tar/read-entry";
import { shown } from "./clean-path.ts";
import type { Entry, EntryKind } from "./entry.ts";
import { UnusableArchive } from "../errors.ts";

/** The entries of an unpacked tar stream, in order. Throws UnusableArchive. */
export async function* tarEntries(
  content: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Entry> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  // strict: an entry that is damaged is an error, not left out
  const parser = new Parser({ strict: true, zstd: false, brotli: false });
  parser.on("error", () => undefined); // whoever waits for entries hears of it; later it is no news
  parser.on("ignoredEntry", ({ path }: ReadEntry) =>
    parser.emit("error", new Error(`it has an entry of a kind that is not known, ${shown(path)}`)),
  );
  let ended = false;
  parser.on("eof", () => (ended = true));
  const entries = on(parser, "entry", { close: ["end"], signal: either });
  const failures: unknown[] = [];
  const fed = feed(parser, content, either).catch((error: unknown) => {
    failures.push(error);
    parser.end(); // ends the entry that is being read, or its reader would wait for ever
    parser.emit("error", error);
  });
  try {
    for await (const [entry] of entries) {
      yield toEntry(entry as ReadEntry);
      (entry as ReadEntry).resume();
    }
    await fed;
    if (failures.length === 0 && !ended) throw new UnusableArchive("it has no end: it is cut off");
  } catch (error) {
    failures.push(error);
  } finally {
    stop.abort();
    await fed;
  }
  if (failures.length > 0) throw failures[0];
}

const feed = async (
  parser: Parser,
  content: AsyncIterable<Buffer>,
  signal: AbortSignal,
): Promise<void> => {
  let ended = false;
  parser.on("eof", () => (ended = true));
  for await (const chunk of content) {
    signal.throwIfAborted();
    if (ended) continue; // padding is read for its checksum; the parser would collect it
    if (!parser.write(chunk)) await once(parser, "drain", { signal });
  }
  parser.end();
};

const kinds: Partial<Record<ReadEntry["type"], EntryKind>> = {
  File: { is: "file" },
  OldFile: { is: "file" },
  ContiguousFile: { is: "file" },
  Directory: { is: "folder" },
  SymbolicLink: { is: "link" },
  Link: { is: "hard link" },
  CharacterDevice: { is: "other", name: "a device" },
  BlockDevice: { is: "other", name: "a device" },
  FIFO: { is: "other", name: "a fifo" },
};

const toEntry = (entry: ReadEntry): Entry => ({
  path: entry.path,
  kind: isSparse(entry) ? { is: "other", name: "a sparse file" } : kindOf(entry),
  size: entry.size,
  mode: entry.mode,
  target: entry.linkpath,
  content: () => contentOf(entry),
});

/** To Node's pipeline it looks like a stream, which it is not quite. */
async function* contentOf(entry: ReadEntry): AsyncGenerator<Uint8Array> {
  yield* entry;
}

const kindOf = ({ type }: ReadEntry): EntryKind =>
  kinds[type] ?? { is: "other", name: `of the kind ${type}` };

/** GNU tar's sparse files of pax archives: their content begins with a map of what is where. */
const isSparse = ({ path }: ReadEntry): boolean => /(?:^|\/)GNUSparseFile\.[0-9]+\//.test(path);
