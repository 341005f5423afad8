import { Buffer, isUtf8 } from "node:buffer";

/*
 * A file's name is any bytes but NUL and `/`. Here it is a string: what is UTF-8 as it is, and a
 * byte that is not as U+0000 and two hexadecimal digits. No name holds a NUL, so every string
 * stands for one name only.
 */

const beyondAscii = /[^\0-\x7f]/; // oxlint-disable-line no-control-regex -- all of ASCII is meant

/** The name for bytes that come as a `latin1` string: a character a byte. */
export const nameOf = (latin1: string): string => {
  if (!beyondAscii.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : escaped(bytes);
};

/** The bytes that a name stands for. */
export const bytesOf = (name: string): Buffer => {
  if (!name.includes("\0")) return Buffer.from(name);
  return Buffer.concat(
    name
      .split(/(\0[0-9a-f]{2})/)
      .map((part) =>
        part.startsWith("\0") ? Buffer.from(part.slice(1), "hex") : Buffer.from(part, "utf8"),
      ),
  );
};

const escaped = (bytes: Buffer): string => {
  let name = "";
  for (let at = 0; at < bytes.length;) {
    const length = characterAt(bytes, at);
    const part = bytes.subarray(at, at + Math.max(length, 1));
    name += length === 0 ? `\0${part.toString("hex")}` : part.toString("utf8");
    at += part.length;
  }
  return name;
};

/** The length in bytes, at most 4, of the UTF-8 character that begins there; 0 when none does. */
const characterAt = (bytes: Buffer, at: number): number => {
  const lengths = [1, 2, 3, 4].filter((length) => at + length <= bytes.length);
  return lengths.find((length) => isUtf8(bytes.subarray(at, at + length))) ?? 0;
};

const unseen = /\0[0-9a-f]{2}|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A name for people: what would not show, or would drive a terminal, is written as an escape. */
export const shownName = (name: string): string =>
  name.replaceAll(unseen, (found) => {
    if (found.length > 1 && found.startsWith("\0")) return `\\x${found.slice(1)}`;
    const code = found.codePointAt(0) ?? 0;
    return code < 0x80 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
