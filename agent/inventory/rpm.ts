import type { Package } from "../../core/inventory.ts";
import { contentOf, type DatabaseContent } from "./database-content.ts";
import { DatabaseProblem } from "./database-file.ts";
import { readBdb } from "./rpm-bdb.ts";
import { filesOfHeader } from "./rpm-files.ts";
import { packageOf } from "./rpm-header.ts";
import { type HeaderTaker, mostPackages } from "./rpm-headers.ts";
import { readNdb } from "./rpm-ndb.ts";
import { keysOf, signaturesOf } from "./rpm-signature.ts";
import { readSqlite } from "./rpm-sqlite.ts";
import { headerOf } from "./rpm-tags.ts";
import { checkCount } from "./shipped.ts";

type ReadHeaders = (place: string, take: HeaderTaker) => Promise<boolean>;

/** Names of rpm's databases in their folder, with what reads them. */
export const rpmDatabases: readonly [name: string, read: ReadHeaders][] = [
  ["rpmdb.sqlite", readSqlite],
  ["Packages.db", readNdb],
  ["Packages", readBdb],
];

/** Reads a database of rpm; undefined when it is not there. Throws DatabaseProblem. */
export const readRpm =
  (readHeaders: ReadHeaders) =>
  async (place: string): Promise<DatabaseContent | undefined> => {
    const read: (Package | "broken")[] = [];
    const rest = { files: [], keys: [], signatures: new Map() } satisfies Rest as Required<Rest>;
    const there = await readHeaders(place, (header) => {
      read.push(header === undefined ? "broken" : contentIn(header, rest));
      if (read.length <= mostPackages) return;
      throw new DatabaseProblem(`it has more than ${mostPackages} packages`);
    });
    return there ? { ...contentOf(read), ...rest } : undefined;
  };

type Rest = Pick<DatabaseContent, "files" | "keys" | "signatures">;

/** The package of a header; its files, signatures and keys are added to the rest. */
const contentIn = (data: Uint8Array, { files, keys, signatures }: Required<Rest>) => {
  const header = headerOf(data);
  const found = header === undefined ? "broken" : packageOf(header);
  if (header === undefined || found === "broken") return "broken";
  for (const file of filesOfHeader(header, found.name)) files.push(file);
  checkCount(files);
  if (found.name === "gpg-pubkey") keys.push(...keysOf(header));
  else signatures.set(found, signaturesOf(header));
  return found;
};
