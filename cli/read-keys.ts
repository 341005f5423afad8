import { readFile } from "node:fs/promises";
import { NotFound } from "../core/errors.ts";
import { anyName, type PublicKey } from "../core/statement/signer.ts";
import { isMissing } from "../local/missing.ts";
import { readPublicKey } from "../local/signing-key.ts";

/**
 * Public keys from their files; undefined when none were named. They take signatures under any name,
 * as a key of KMS's has another than its file tells. Throws NotFound, NotReady.
 */
export const readKeys = async (
  files: readonly string[] | undefined,
): Promise<PublicKey[] | undefined> =>
  files && Promise.all(files.map(async (file) => ({ ...(await readKey(file)), keyId: anyName })));

const readKey = async (file: string): Promise<PublicKey> =>
  readPublicKey(
    file,
    await readFile(file, "utf8").catch((error: unknown) => {
      throw isMissing(error) ? new NotFound(`there is no file ${file} with a public key`) : error;
    }),
  );
