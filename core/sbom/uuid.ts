import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";

/** Ovenbird's own, made once at random; what is named by content is named within it. */
const namespace = Buffer.from("8f0c6a2e5b4d4d1f9a73c2e61d0b7f58", "hex");

/** A UUID of version 5: always the same for the same text. https://www.rfc-editor.org/rfc/rfc9562#section-5.5 */
export const uuidOf = (text: string): string => {
  const bytes = createHash("sha1").update(namespace).update(text).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20]].map((part) => hex.slice(...part)).join("-");
};
