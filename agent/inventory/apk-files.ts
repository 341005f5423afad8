import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { Algorithm, ShippedFile } from "./shipped.ts";

/*
 * What apk keeps of a package's files, in lines after those of the package: `F:` a folder, `R:` a
 * file in it, `a:` owners and mode, `Z:` a digest: apk-tools, src/database.c. `M:` is the folder's
 * own owners and mode. Where there is no `a:`, they are root's, and 0644 or 0755. `f:` before them
 * are flags: with `S` the package is of apk-tools 3's own format.
 */

/** Reads the lines of one package; `latin1`, as all paths are. */
export function* filesOfParagraph(paragraph: string, name: string): Generator<ShippedFile> {
  let folder = "";
  let flags = "";
  let last: ShippedFile | undefined;
  for (const line of paragraph.split("\n")) {
    const [letter, rest] = [line.slice(0, 2), line.slice(2)];
    if (letter === "f:") flags = rest;
    else if (letter === "F:" || letter === "R:") {
      if (last !== undefined) yield last;
      const path = letter === "F:" ? `/${rest}` : `${folder}/${rest}`;
      if (letter === "F:") folder = rest === "" ? "" : path;
      last = shipped(path, name, letter === "F:");
    } else if (last !== undefined && (letter === "a:" || letter === "M:")) {
      Object.assign(last, attributesOf(rest));
    } else if (last !== undefined && letter === "Z:") {
      Object.assign(last, digestOf(rest, flags.includes("S")));
    }
  }
  if (last !== undefined) yield last;
}

/** Of configuration apk-tools keeps what is there: by default, all of /etc. */
const shipped = (path: string, name: string, isFolder: boolean): ShippedFile => ({
  ...{ path, package: name, ...(isFolder && { type: "folder" }) },
  ...{ user: 0, group: 0, mode: isFolder ? 0o755 : 0o644 },
  configuration: path.startsWith("/etc/"),
  mayBeMissing: false,
});

const attributesOf = (text: string): Pick<ShippedFile, "user" | "group" | "mode"> => {
  const [, user, group, mode] = /^(\d+):(\d+):([0-7]+)/.exec(text) ?? [];
  if (mode === undefined) return {};
  return { user: Number(user), group: Number(group), mode: Number.parseInt(mode, 8) };
};

/** Bytes of SHA-1, of which apk has no more of a SHA-256. */
const short = 20;

/**
 * What apk_blob_pull_digest reads: which digest, and the digest in base64. Of a package of the new
 * format what is called SHA-1 is the beginning of a SHA-256.
 */
const digestOf = (text: string, isNew: boolean): Pick<ShippedFile, "digest"> => {
  if (!/^Q[12]/.test(text)) return {};
  const bytes = Buffer.from(text.slice(2), "base64");
  const [hex, isShort] = [bytes.toString("hex"), bytes.length <= short];
  if (text.startsWith("Q1") && isShort && !isNew) return { digest: { algorithm: "sha1", hex } };
  const cut = isNew && bytes.length === short;
  return { digest: { algorithm: "sha256", hex, ...(cut && { cut }) } };
};

/** Of a link apk has the digest of its target. */
export const targetDigest = (target: string, algorithm: Algorithm): string =>
  hash(algorithm, Buffer.from(target, "latin1"), "hex");
