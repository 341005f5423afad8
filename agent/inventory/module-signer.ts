import { Buffer } from "node:buffer";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { databasePlace, DatabaseProblem, openDatabase } from "./database-file.ts";

/** Bytes of a module, unpacked: the largest, a graphics driver, has a hundred million. */
const largest = 256 * 1024 ** 2;

/** What ends a module that is signed: include/linux/module_signature.h. */
const magic = "~Module signature appended~\n";

/** Twelve bytes before it: the fifth from the end is the first of the signature's length. */
const trailer = 12;

/** PKCS#7, of three kinds that there ever were. */
const pkcs7 = 2;

/**
 * Whose signature a module carries, as the signature itself says: nothing is verified. Undefined
 * when it has none, or is packed by xz, which Node does not unpack.
 */
export const readModuleSigner = async (root: string, path: string): Promise<string | undefined> => {
  try {
    await using file = await openDatabase(await databasePlace(root, path), largest);
    const packed = await file?.readFile();
    return packed === undefined ? undefined : signerOf(unpacked(packed, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof DatabaseProblem || code?.startsWith("ERR_") === true) return undefined;
    if (code?.startsWith("Z_") === true || code?.startsWith("ZSTD_") === true) return undefined;
    throw error;
  }
};

const unpacked = (packed: Buffer, path: string): Buffer => {
  const limit = { maxOutputLength: largest };
  if (path.endsWith(".gz")) return gunzipSync(packed, limit);
  return path.endsWith(".zst") ? zstdDecompressSync(packed, limit) : packed;
};

/** The signer that a module names: a certificate's name, or the number of its key. */
export const signerOf = (module: Buffer): string | undefined => {
  const end = module.length - magic.length;
  if (end < trailer || module.toString("latin1", end) !== magic) return undefined;
  const size = module.readUInt32BE(end - 4);
  if (module[end - trailer + 2] !== pkcs7 || size > end - trailer) return undefined;
  const signature = module.subarray(end - trailer - size, end - trailer);
  return commonName(signature) ?? keyNumber(signature);
};

/** The object identifier of a common name, 2.5.4.3, as DER has it. */
const commonNameId = Buffer.from("0603550403", "hex");

/** The kernel's sign-file puts no certificate in, so the first name is that of the signer's issuer. */
const commonName = (der: Buffer): string | undefined => {
  const at = der.indexOf(commonNameId);
  const length = at === -1 ? undefined : der[at + commonNameId.length + 1];
  if (length === undefined || length > 127) return undefined;
  const from = at + commonNameId.length + 2;
  return der.toString("utf8", from, from + length);
};

/** A signer that is named by the number of its key has the tag [0] before twenty bytes. */
const keyNumber = (der: Buffer): string | undefined => {
  const at = der.indexOf(Buffer.from("8014", "hex"));
  return at === -1 ? undefined : der.toString("hex", at + 2, at + 22).toUpperCase();
};
