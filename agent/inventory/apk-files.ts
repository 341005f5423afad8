import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { Algorithm, ShippedFile } from "./shipped.ts";

/*
 * What apk keeps of a package's files, in lines after those of the package: `F:` a folder, `R:` a
 * file in it, `a:` owners and mode, `Z:` a digest: apk-tools, src/database.c. `M:` is the folder's
 * own owners and mode. Where there is no `a:`, they are root's, and 0644 or 0755.
 */

/** What apk_blob_pull_csum reads: a letter, which digest, and the digest in base64. */
const algorithms: Record<string, Algorithm> = { Q1: "sha1", Q2: "sha256" };

/** Reads the lines of one package; `latin1`, as all paths are. */
export function* filesOfParagraph(paragraph: string, name: string): Generator<ShippedFile> {
  let folder = "";
  let last: ShippedFile | undefined;
  for (const line of paragraph.split("\n")) {
    const [letter, rest] = [line.slice(0, 2), line.slice(2)];
    if (letter === "F:" || letter === "R:") {
      if (last !== undefined) yield last;
      const path = letter === "F:" ? `/${rest}` : `${folder}/${rest}`;
      if (letter === "F:") folder = rest === "" ? "" : path;
      last = shipped(path, name, letter === "F:");
    } else if (last !== undefined && (letter === "a:" || letter === "M:")) {
      Object.assign(last, attributesOf(rest));
    } else if (last !== undefined && letter === "Z:") Object.assign(last, digestOf(rest));
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

const digestOf = (text: string): Pick<ShippedFile, "digest"> => {
  const algorithm = algorithms[text.slice(0, 2)];
  if (algorithm === undefined) return {};
  return { digest: { algorithm, hex: Buffer.from(text.slice(2), "base64").toString("hex") } };
};

/** Of a link apk has the digest of its target. */
export const targetDigest = (target: string, algorithm: Algorithm): string =>
  hash(algorithm, Buffer.from(target, "latin1"), "hex");
