import { Buffer } from "node:buffer";

/** A value of ASN.1 as X.690 has it on disks: DER, and BER with lengths that are not told before. */
export interface Value {
  tag: number;
  bytes: Buffer;
}

export const tags = { integer: 0x02, octets: 0x04, oid: 0x06, sequence: 0x30, first: 0xa0 };
const constructed = 0x20;

/** Values in each other whose ends must be looked for: a bundle of keys has a handful. */
const deepest = 16;

/**
 * Values that lie one after the other, the first `most` of them; undefined where they do not end
 * as they say.
 */
export const valuesIn = (bytes: Buffer, most: number): Value[] | undefined => {
  const found: Value[] = [];
  for (const value of eachIn(bytes)) {
    if (value === undefined) return undefined;
    if (found.push(value) === most) break;
  }
  return found;
};

/** The same one by one, as there may be half a million; the last is undefined where one does not end. */
export function* eachIn(bytes: Buffer): Generator<Value | undefined> {
  for (let at = 0; at < bytes.length;) {
    const value = valueAt(bytes, at, 0);
    yield value;
    if (value === undefined) return;
    at = value.end;
  }
}

/** A string of bytes, which BER may have in pieces; undefined when it is none. */
export const octetsOf = ({ tag, bytes }: Value): Buffer | undefined => {
  if (tag === tags.octets) return bytes;
  if (tag !== (tags.octets | constructed)) return undefined;
  const whole = Buffer.alloc(bytes.length);
  let length = 0;
  for (const piece of eachIn(bytes)) {
    if (piece?.tag !== tags.octets) return undefined;
    length += piece.bytes.copy(whole, length);
  }
  return whole.subarray(0, length);
};

/** X.690, 8.1: a tag, and the length in seven bits, or in as many bytes as these say, or no length. */
const valueAt = (
  bytes: Buffer,
  at: number,
  depth: number,
): (Value & { end: number }) | undefined => {
  const [tag, length] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || length === undefined) return undefined;
  if (length === 0x80) return valueToEnd(bytes, at, depth);
  const count = length < 0x80 ? 0 : length - 0x80;
  const begin = at + 2 + count;
  if (count > 4 || begin > bytes.length) return undefined;
  const end = begin + (count === 0 ? length : bytes.readUIntBE(at + 2, count));
  return end > bytes.length ? undefined : { tag, bytes: bytes.subarray(begin, end), end };
};

/** X.690, 8.1.3.6: values, and two zeros behind the last. */
const valueToEnd = (
  bytes: Buffer,
  from: number,
  depth: number,
): (Value & { end: number }) | undefined => {
  const tag = bytes[from] ?? 0;
  if ((tag & constructed) === 0 || depth === deepest) return undefined;
  for (let at = from + 2; at + 2 <= bytes.length;) {
    if (bytes[at] === 0 && bytes[at + 1] === 0) {
      return { tag, bytes: bytes.subarray(from + 2, at), end: at + 2 };
    }
    const value = valueAt(bytes, at, depth + 1);
    if (value === undefined) return undefined;
    at = value.end;
  }
  return undefined;
};
