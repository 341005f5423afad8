import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { link, mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { NotReady } from "../core/errors.ts";
import type { PublicKey, Signer } from "../core/statement/signer.ts";
import { isMissing, isTaken } from "./missing.ts";
import type { Paths } from "./paths.ts";
import { syncFolder } from "./record.ts";

/**
 * Signs by a key in the state directory, which is made when it is first asked for. The process that
 * bakes reads it; steps run in a sandbox that has nothing of the state directory in it.
 */
export const fileSigner = (paths: Paths): Signer => {
  const key = () => signingKey(paths);
  return {
    async sign(message) {
      const privateKey = await key();
      const signature = sign("sha256", message, { key: privateKey, dsaEncoding: "der" });
      return { keyId: publicKeyOf(privateKey).keyId, signature };
    },
    trusted: async () => [publicKeyOf(await key())],
  };
};

const path = (paths: Paths): string => join(paths.keys, "statement.pem");

/** Of two that make it at once, both have the one that was there first. Throws NotReady. */
const signingKey = async (paths: Paths): Promise<KeyObject> => {
  const there = await readKey(path(paths));
  if (there !== undefined) return there;
  await makeKey(paths);
  const made = await readKey(path(paths));
  if (made === undefined) throw new NotReady(`${path(paths)} was removed just as it was made`);
  return made;
};

const readKey = async (file: string): Promise<KeyObject | undefined> => {
  try {
    await using handle = await open(file, "r");
    refuseOpen(file, (await handle.stat()).mode);
    return parsed(file, await handle.readFile("utf8"));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

const parsed = (file: string, pem: string): KeyObject => {
  const wrong = `${file} is no private ECDSA key on P-256 as PEM; move it away, and a new one is made`;
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new NotReady(wrong, { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new NotReady(wrong);
  return key;
};

const refuseOpen = (file: string, mode: number): void => {
  if ((mode & 0o077) === 0) return;
  throw new NotReady(
    `others than its owner can read ${file}, which signs statements; chmod 600 it, or remove it if somebody may have read it`,
  );
};

const makeKey = async ({ keys, ...paths }: Paths): Promise<void> => {
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const aside = join(keys, `${randomUUID()}.pem`);
  try {
    await using file = await open(aside, "wx", 0o600);
    await file.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
    await file.sync();
    await link(aside, path({ ...paths, keys })).catch((error: unknown) => {
      if (!isTaken(error)) throw error;
    });
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(keys);
};

const publicKeyOf = (privateKey: KeyObject): PublicKey => {
  const key = createPublicKey(privateKey);
  const der = key.export({ type: "spki", format: "der" });
  const keyId = `sha256:${createHash("sha256").update(der).digest("hex")}`;
  return { keyId, pem: key.export({ type: "spki", format: "pem" }) as string };
};
