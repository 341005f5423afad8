import type { Buffer } from "node:buffer";

/*
 * Java's own stores, JKS and JCEKS, as sun.security.provider.JavaKeyStore writes them: magic,
 * version and the number of entries, then the entries. What each is, its name and all of its
 * certificates are in the clear.
 */

const kinds = new Map([
  [0xfeedfeed, "JKS"],
  [0xcececece, "JCEKS"],
]);

const entries = { privateKey: 1, certificate: 2, secretKey: 3 };

/** `JKS` or `JCEKS`, when the file is such a store and has a private or a secret key. */
export const javaStoreWithKey = (file: Buffer): string | undefined => {
  if (file.length < 12) return undefined;
  const [kind, version] = [kinds.get(file.readUInt32BE(0)), file.readUInt32BE(4)];
  if (kind === undefined || (version !== 1 && version !== 2)) return undefined;
  const read = newReader(file, 12);
  for (let left = file.readUInt32BE(8); left > 0; left--) {
    const entry = read.number(4);
    read.skip(2); // its name
    read.number(8); // when it was made
    // of a secret key no length is told: it ends as Java's objects do
    const isKey = entry === entries.secretKey || (entry === entries.privateKey && read.skip(4));
    if (isKey && !read.isOver()) return kind;
    if (entry !== entries.certificate) return undefined;
    if (version === 2) read.skip(2); // what kind of certificate
    read.skip(4);
    if (read.isOver()) return undefined;
  }
  return undefined;
};

/** Reads numbers, and skips what follows its own length; once over the end it stays there. */
const newReader = (file: Buffer, from: number) => {
  let at = from;
  const number = (bytes: number): number => {
    at += bytes;
    if (at > file.length) return 0;
    // a moment has eight bytes, and nobody asks which it is
    return bytes > 4 ? 0 : file.readUIntBE(at - bytes, bytes);
  };
  return {
    number,
    /** Whether it skipped any. */
    skip: (bytes: number): boolean => {
      const length = number(bytes);
      at += length;
      return length > 0;
    },
    isOver: (): boolean => at > file.length,
  };
};
