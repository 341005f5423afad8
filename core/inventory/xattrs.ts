import { Buffer, isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import * as z from "zod";

/**
 * Extended attributes of a file by name, as core/inventory/names.ts writes names, in their order.
 * A value is text when its bytes are UTF-8 (SELinux's end with a NUL), else `0x` and hexadecimal;
 * one of more than 512 bytes is `sha256:` and its digest. Text that begins like the two others is
 * hexadecimal too, so that every value stands for one sequence of bytes only.
 */
export const Xattrs = z.record(z.string(), z.string());
export type Xattrs = z.infer<typeof Xattrs>;

/** Bytes of a value that is kept whole: a label, a list of access rights, a signature. */
const keptWhole = 512;

/** An attribute's value as it is kept. */
export const valueText = (bytes: Buffer): string => {
  if (bytes.length > keptWhole) return `sha256:${sha256(bytes)}`;
  const text = bytes.toString("utf8");
  return isUtf8(bytes) && !/^(?:0x|sha256:)/.test(text) ? text : `0x${bytes.toString("hex")}`;
};

/** An attribute's value from what is kept of it; undefined where that is its digest alone. */
export const valueBytes = (text: string): Buffer | undefined => {
  if (text.startsWith("sha256:")) return undefined;
  return text.startsWith("0x") ? Buffer.from(text.slice(2), "hex") : Buffer.from(text);
};

/** SHA-256 of an attribute's value, in hexadecimal, from what is kept of it. */
export const valueDigest = (text: string): string => {
  const bytes = valueBytes(text);
  return bytes === undefined ? text.slice("sha256:".length) : sha256(bytes);
};

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
