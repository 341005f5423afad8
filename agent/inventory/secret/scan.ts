import type { Buffer } from "node:buffer";
import { type Anchor, finderOf } from "./anchors.ts";
import { awsKeyIn, awsReach } from "./aws-key.ts";
import { derKeyIn } from "./der-key.ts";
import { storedKeyIn } from "./key-store.ts";
import { longestKey, longestLabel, pemKeyIn, puttyKeyIn } from "./private-key.ts";
import { shownSecret } from "./shown.ts";
import { mostInFile, type Sighting } from "./sighting.ts";
import { tokenForms } from "./tokens.ts";

/** Bytes before and after an anchor in which its secret is looked for, at most. */
export const reach = { before: 512, after: longestKey + 64 };

/** What an anchor was found for tells whether it stands in a secret. */
type Look = (bytes: Buffer, at: number, end: number) => Sighting | undefined;

const textAt = (bytes: Buffer, from: number, to: number): string =>
  bytes.toString("latin1", Math.max(0, from), Math.min(bytes.length, to));

const dashes = "-----";

/** A key's text goes to the next dashes, so that no byte is looked at for many beginnings. */
const lookForPem: Look = (bytes, at, end) => {
  const before = textAt(bytes, at - longestLabel, at);
  if (!before.includes("-----BEGIN ")) return undefined;
  const own = bytes.subarray(end, end + longestKey);
  const edge = own.indexOf(dashes, own.indexOf(dashes) + dashes.length, "latin1");
  return pemKeyIn(before, textAt(own, 0, edge + "-----END ".length));
};

const putty = "PuTTY-User-Key-File-";

const lookForPutty: Look = (bytes, at, end) => {
  const own = bytes.subarray(at, at + longestKey);
  const following = own.indexOf(putty, end - at, "latin1");
  return puttyKeyIn(textAt(own, 0, following === -1 ? own.length : following));
};

const lookForAws: Look = (bytes, at) => {
  const from = Math.max(0, at - awsReach);
  const shown = awsKeyIn(textAt(bytes, from, at + awsReach), at - from);
  return shown === undefined ? undefined : { kind: "aws-access-key", shown };
};

const longestToken = 1100;

const isInWord = /[A-Za-z0-9_]/;

const tokenAnchors = tokenForms.flatMap(({ name, begins, form, isGenuine }) => {
  const look: Look = (bytes, at) => {
    if (at > 0 && isInWord.test(textAt(bytes, at - 1, at))) return undefined;
    form.lastIndex = 0;
    const token = form.exec(textAt(bytes, at, at + longestToken))?.[0];
    if (token === undefined || !isGenuine(token)) return undefined;
    return { kind: "token", shown: `${name} ${shownSecret(token)}` };
  };
  return begins.map((text): Anchor<Look> => ({ text, kind: look }));
});

const next = finderOf<Look>([
  { text: "PRIVATE KEY", kind: lookForPem },
  { text: putty, kind: lookForPutty },
  { text: "AKIA", kind: lookForAws },
  { text: "ASIA", kind: lookForAws },
  ...tokenAnchors,
]);

/** Bytes at a file's beginning; hardly anything but text has no NUL there. */
const beginning = 1024;

/** Whether a file is searched, by its first bytes: programs and archives are not. */
export const isText = (bytes: Buffer): boolean => !bytes.subarray(0, beginning).includes(0);

/** What looks like a secret in a file's content, in its order, each of a text with its line. */
export const sightingsIn = (bytes: Buffer): Sighting[] => {
  const key = derKeyIn(bytes) ?? storedKeyIn(bytes);
  if (key !== undefined) return [key];
  if (!isText(bytes)) return [];
  const search = newSearch();
  searchPart(search, bytes, 0, bytes.length);
  return search.found;
};

/** A file that is searched part by part. */
export interface Search {
  found: Sighting[];
  /** Of the first byte that is not searched yet. */
  line: number;
}

export const newSearch = (): Search => ({ found: [], line: 1 });

/** No anchor is as long. */
const longestAnchor = 64;

/**
 * Looks for secrets whose anchors begin at `from` or after, and before `to`; around them there are
 * the bytes of `reach`, as far as the file has them. Answers where the next part begins.
 */
export const searchPart = (search: Search, bytes: Buffer, from: number, to: number): number => {
  const within = bytes.subarray(0, Math.min(bytes.length, to + longestAnchor));
  let [counted, end] = [from, to];
  for (let at = next(within, from); at !== undefined && at.at < to; at = next(within, at.end)) {
    if (search.found.length === mostInFile) return to;
    end = Math.max(end, at.end);
    const sighting = at.kind(bytes, at.at, at.end);
    if (sighting === undefined) continue;
    search.line += linesIn(bytes, counted, at.at);
    counted = at.at;
    search.found.push({ ...sighting, line: search.line });
  }
  if (to < bytes.length) search.line += linesIn(bytes, counted, end);
  return end;
};

const lineEnd = 10;

const linesIn = (bytes: Buffer, from: number, to: number): number => {
  let lines = 0;
  for (let at = from; at < to; at++) if (bytes[at] === lineEnd) lines += 1;
  return lines;
};
