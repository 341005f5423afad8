import { Buffer } from "node:buffer";
import { createHash, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { type BakeId, SnapshotId } from "../core/ids.ts";
import { Digest } from "../core/origin.ts";
import { preAuthentication } from "../core/statement/envelope.ts";
import { isMissing } from "./missing.ts";
import {
  bakeFolder,
  type Paths,
  rememberedFile,
  snapshotDisk,
  snapshotFolder,
  snapshotSeal,
} from "./paths.ts";
import { writeRecord } from "./record.ts";
import { fileSigner } from "./signer.ts";
import { isSame, Written, writtenOf } from "./written.ts";

/*
 * A seal says, signed by the key of this state directory, which file a finished disk was, when that
 * last changed, and what was remembered of what is on it. Whoever writes to the file changes that
 * time, and no program sets it: who could (root, by the machine's clock or its disks) can read the
 * key as well. Where a seal is missing, broken or of another version the disk is read instead.
 */

const Sealed = z.strictObject({
  format: z.literal(4),
  snapshotId: SnapshotId,
  disk: Written,
  /** Of the file of what is remembered. */
  remembered: Digest,
});

const Seal = z.strictObject({
  /** JSON. */
  sealed: z.string(),
  /** ECDSA over SHA-256, as DER, in base64. */
  signature: z.string(),
});

/** Named so that no signature of a statement is one of a seal. */
const sealType = "application/vnd.ovenbird.disk-seal+json";

const messageOf = (sealed: string): Buffer => preAuthentication(sealType, Buffer.from(sealed));

const digestOf = (bytes: Uint8Array): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Seals a snapshot's disk, which has one name from now on; nothing, where nothing is remembered. */
export const sealDisk = async (
  paths: Paths,
  { bake, snapshotId }: { bake: BakeId; snapshotId: SnapshotId },
): Promise<void> => {
  const bytes = await readIfThere(join(snapshotFolder(paths, snapshotId), rememberedFile));
  if (bytes === undefined) return;
  const disk = await writtenOf(snapshotDisk(paths, snapshotId));
  const what: z.input<typeof Sealed> = {
    ...{ format: 4, snapshotId, disk, remembered: digestOf(bytes) },
  };
  const sealed = JSON.stringify(what);
  const { signature } = await fileSigner(paths).sign(messageOf(sealed));
  const seal = { sealed, signature: Buffer.from(signature).toString("base64") };
  await writeRecord(snapshotSeal(paths, snapshotId), seal, bakeFolder(paths, bake));
};

/** What is remembered of a disk; undefined where it is not certain that nobody wrote to the disk. */
export const rememberedUnderSeal = async (
  paths: Paths,
  snapshotId: SnapshotId,
): Promise<Uint8Array | undefined> => {
  const text = await readIfThere(snapshotSeal(paths, snapshotId));
  const seal = text && Seal.safeParse(parsed(text.toString("utf8"))).data;
  if (!seal || !(await isSigned(paths, seal))) return undefined;
  const sealed = Sealed.safeParse(parsed(seal.sealed)).data;
  if (sealed?.snapshotId !== snapshotId) return undefined;
  const bytes = await readIfThere(join(snapshotFolder(paths, snapshotId), rememberedFile));
  if (bytes === undefined || digestOf(bytes) !== sealed.remembered) return undefined;
  const isUntouched = isSame(sealed.disk, await writtenOf(snapshotDisk(paths, snapshotId)));
  return isUntouched ? bytes : undefined;
};

const isSigned = async (paths: Paths, seal: z.infer<typeof Seal>): Promise<boolean> => {
  const signature = Buffer.from(seal.signature, "base64");
  const keys = await fileSigner(paths).trusted();
  return keys.some(({ pem }) =>
    verify("sha256", messageOf(seal.sealed), { key: pem, dsaEncoding: "der" }, signature),
  );
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const readIfThere = (path: string): Promise<Buffer | undefined> =>
  readFile(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
