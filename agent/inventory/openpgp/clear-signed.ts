import { Buffer } from "node:buffer";
import { documents, type Signature, signaturesOver } from "./signatures.ts";

/** A text and the signatures over it, which came in one file. */
export interface ClearSigned {
  /** `latin1`: what was signed, and nothing of what stands about it. */
  text: string;
  signatures: Signature[];
}

const begin = "-----BEGIN PGP SIGNED MESSAGE-----";
const between = "-----BEGIN PGP SIGNATURE-----";

/**
 * RFC 9580, section 7: headers, an empty line, the text, in which a line that begins with a dash
 * has `- ` before it, and an armoured signature over the lines without the blanks at their ends.
 * Undefined for anything else, also for something that stands before it.
 */
export const clearSignedIn = (data: Buffer): ClearSigned | undefined => {
  const lines = data.toString("latin1").split("\n").map(withoutEnd);
  const first = lines.indexOf("");
  const last = lines.indexOf(between);
  if (lines[0] !== begin || first === -1 || last < first) return undefined;
  const own = lines
    .slice(first + 1, last)
    .map((line) => (line.startsWith("- ") ? line.slice(2) : line));
  const armour = Buffer.from(lines.slice(last).join("\n"), "latin1");
  const signed = Buffer.from(own.join("\r\n"), "latin1");
  return {
    text: own.join("\n"),
    signatures: [
      ...signaturesOver(signed, armour, documents.text),
      // some sign the same bytes as they are
      ...signaturesOver(signed, armour, documents.binary),
    ],
  };
};

/** By hand: a pattern for it looks at each blank of a line of blanks as often as there are some. */
const withoutEnd = (line: string): string => {
  let end = line.length;
  while (end > 0 && " \t\r".includes(line[end - 1] ?? "x")) end -= 1;
  return end === line.length ? line : line.slice(0, end);
};
