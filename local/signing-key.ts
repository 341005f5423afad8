import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type KeyObject,
  randomUUID,
} from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { InUse, NotReady } from "../core/errors.ts";
import type { PublicKey } from "../core/statement/signer.ts";
import { type Lock, tryLock } from "./lock.ts";
import { isMissing, isTaken } from "./missing.ts";
import type { Paths } from "./paths.ts";
import { syncFolder } from "./record.ts";

const path = (paths: Paths): string => join(paths.keys, "statement.pem");

/** Public halves of keys that signed before; who takes one away does not trust it any more. */
const earlierFolder = (paths: Paths): string => join(paths.keys, "earlier");

/**
 * The private key that signs, which is made when it is first asked for. Of two that make it at once,
 * both have the one that was there first. Throws NotReady.
 */
export const signingKey = async (paths: Paths): Promise<KeyObject> => {
  const there = await readKey(path(paths));
  if (there !== undefined) return there;
  await makeFirst(paths);
  const made = await readKey(path(paths));
  if (made === undefined) throw new NotReady(`${path(paths)} was removed just as it was made`);
  return made;
};

/** The key, unless there is one: then undefined. */
const makeFirst = async (paths: Paths): Promise<KeyObject | undefined> => {
  let isFirst = true;
  const made = await makeKey(paths, async (aside) => {
    await link(aside, path(paths)).catch((error: unknown) => {
      if (!isTaken(error)) throw error;
      isFirst = false;
    });
  });
  return isFirst ? made : undefined;
};

/**
 * Has another key sign from now on. The public half of the one before is kept first, so that what it
 * signed still holds; its private half is gone. Of two that do so at once, one comes after the
 * other. Answers the new one. Throws NotReady, InUse.
 */
export const replaceKey = async (paths: Paths): Promise<PublicKey> => {
  const isThere = (await readKey(path(paths))) !== undefined;
  const first = isThere ? undefined : await makeFirst(paths);
  if (first !== undefined) return publicKeyOf(first);
  await using _ = await lockedKey(path(paths));
  const old = await readKey(path(paths));
  if (old !== undefined) await keepEarlier(paths, publicKeyOf(old));
  return publicKeyOf(await makeKey(paths, (aside) => rename(aside, path(paths))));
};

/** Milliseconds between tries, and how many there are: to replace a key takes hardly one. */
const lockTries = { pause: 100, most: 100 };

/** The lock is of the very file that is replaced: who waited for it begins anew with the next. */
const lockedKey = async (file: string): Promise<Lock> => {
  for (let tries = 0; tries < lockTries.most; tries++) {
    const lock = await tryLock(file);
    if (lock !== undefined) return lock;
    await sleep(lockTries.pause);
  }
  throw new InUse(`somebody else is replacing ${file}; try again when that has ended`);
};

const keepEarlier = async (paths: Paths, { keyId, pem }: PublicKey): Promise<void> => {
  const folder = earlierFolder(paths);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const aside = join(folder, `${randomUUID()}.new`);
  await writeSynced(aside, pem, 0o644);
  await rename(aside, join(folder, `${keyId.replace("sha256:", "")}.pem`));
  await syncFolder(folder);
};

/** Public keys whose statements hold, though they sign no more. Throws NotReady. */
export const earlierKeys = async (paths: Paths): Promise<PublicKey[]> => {
  const folder = earlierFolder(paths);
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".pem")).toSorted();
  return Promise.all(
    files.map(async (name) =>
      readPublicKey(join(folder, name), await readFile(join(folder, name), "utf8")),
    ),
  );
};

/** A public key by the text of its file. Throws NotReady. */
export const readPublicKey = (file: string, pem: string): PublicKey => {
  const wrong = `${file} is no public ECDSA key on P-256 as PEM; \`ovenbird key\` prints one`;
  if (pem.includes("PRIVATE KEY")) {
    throw new NotReady(
      `${file} is a private key: give the public half, as \`ovenbird key\` prints it`,
    );
  }
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch (cause) {
    throw new NotReady(wrong, { cause });
  }
  if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new NotReady(wrong);
  return publicKeyOf(key);
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

/** Writes a new key aside, and has it given its name. */
const makeKey = async (
  paths: Paths,
  place: (aside: string) => Promise<void>,
): Promise<KeyObject> => {
  await mkdir(paths.keys, { recursive: true, mode: 0o700 });
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const aside = join(paths.keys, `${randomUUID()}.pem`);
  try {
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    await writeSynced(aside, pem, 0o600);
    await place(aside);
  } finally {
    await rm(aside, { force: true });
  }
  await syncFolder(paths.keys);
  return privateKey;
};

const writeSynced = async (file: string, text: string | Buffer, mode: number): Promise<void> => {
  await using handle = await open(file, "wx", mode);
  await handle.writeFile(text);
  await handle.sync();
};

/** The public half, under the digest of its DER form. */
export const publicKeyOf = (half: KeyObject): PublicKey => {
  const key = half.type === "private" ? createPublicKey(half) : half;
  const der = key.export({ type: "spki", format: "der" });
  const keyId = `sha256:${createHash("sha256").update(der).digest("hex")}`;
  return { keyId, pem: key.export({ type: "spki", format: "pem" }) as string };
};
