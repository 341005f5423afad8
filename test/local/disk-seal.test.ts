import { existsSync } from "node:fs";
import { appendFile, copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { open, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type BakeId, type SnapshotId, VolumeId } from "../../core/ids.ts";
import { preAuthentication } from "../../core/statement/envelope.ts";
import { folderBuilders } from "../../local/builders.ts";
import { rememberedUnderSeal } from "../../local/disk-seal.ts";
import {
  builderFolder,
  type Paths,
  rememberedFile,
  snapshotDisk,
  snapshotFolder,
  snapshotSeal,
  volumeDisk,
} from "../../local/paths.ts";
import { fileSigner } from "../../local/signer.ts";
import { replaceKey } from "../../local/signing-key.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import { openState } from "../support/local-state.ts";

const volumeId = VolumeId.parse("vol-0123456789abcdef0");

/** A snapshot as a bake leaves it, of a disk of which that was remembered. */
const snapshot = async (paths: Paths, bake: BakeId, remembered = "all"): Promise<SnapshotId> => {
  await mkdir(builderFolder(paths, bake), { recursive: true });
  await writeFile(volumeDisk(paths, bake, volumeId), "a disk");
  await writeFile(join(builderFolder(paths, bake), rememberedFile), remembered);
  const snapshotId = await folderSnapshots(paths).create(bake, volumeId, {});
  await folderBuilders(paths).release(bake);
  return snapshotId;
};

const textOf = async (paths: Paths, id: SnapshotId): Promise<string | undefined> => {
  const bytes = await rememberedUnderSeal(paths, id);
  return bytes && Buffer.from(bytes).toString("utf8");
};

type Change = (paths: Paths, id: SnapshotId) => Promise<unknown>;

const quietWrite: Change = async (paths, id) => {
  const path = snapshotDisk(paths, id);
  const { atime, mtime } = await stat(path);
  await using disk = await open(path, "r+");
  await disk.write("b", 0);
  await utimes(path, atime, mtime);
};

const otherFile: Change = async (paths, id) => {
  const path = snapshotDisk(paths, id);
  await copyFile(path, `${path}.new`);
  await rename(`${path}.new`, path);
};

const edited: Change = async (paths, id) => {
  const path = snapshotSeal(paths, id);
  const text = await readFile(path, "utf8");
  await writeFile(path, text.replace(String.raw`\"size\":\"6\"`, String.raw`\"size\":\"7\"`));
  expect(await readFile(path, "utf8")).not.toBe(text);
};

/** As an earlier version sealed it, with what that looked for. */
const earlier: Change = async (paths, id) => {
  const { sealed } = JSON.parse(await readFile(snapshotSeal(paths, id), "utf8")) as Seal;
  const older = JSON.stringify({ ...(JSON.parse(sealed) as object), format: 2 });
  await writeSeal(paths, id, older);
};

interface Seal {
  sealed: string;
}

const writeSeal = async (paths: Paths, id: SnapshotId, sealed: string): Promise<void> => {
  const message = preAuthentication("application/vnd.ovenbird.disk-seal+json", Buffer.from(sealed));
  const { signature } = await fileSigner(paths).sign(message);
  const seal = { sealed, signature: Buffer.from(signature).toString("base64") };
  await writeFile(snapshotSeal(paths, id), JSON.stringify(seal));
};

/** Signed anew, and otherwise as it was. */
const signedAgain: Change = async (paths, id) => {
  const { sealed } = JSON.parse(await readFile(snapshotSeal(paths, id), "utf8")) as Seal;
  await writeSeal(paths, id, sealed);
};

describe("what is remembered of a finished disk", () => {
  test("holds while nobody writes to the disk, by an earlier key too", async () => {
    await using state = await openState();
    const id = await snapshot(state.paths, await state.newBake());
    expect(await textOf(state.paths, id)).toBe("all");
    await replaceKey(state.paths);
    expect(await textOf(state.paths, id)).toBe("all");
  });

  test("holds by another signature of the same key", async () => {
    await using state = await openState();
    const id = await snapshot(state.paths, await state.newBake());
    await signedAgain(state.paths, id);
    expect(await textOf(state.paths, id)).toBe("all");
  });

  test.each<[string, Change]>([
    ["an earlier version sealed it", earlier],
    ["somebody wrote to the disk and set its times back", quietWrite],
    ["the disk is another file of the same content", otherFile],
    ["it is not what was sealed", (paths, id) => writeFile(placeOf(paths, id), "other")],
    ["it is gone", (paths, id) => rm(placeOf(paths, id))],
    ["its seal is gone", (paths, id) => rm(snapshotSeal(paths, id))],
    ["its seal is no seal", (paths, id) => appendFile(snapshotSeal(paths, id), "x")],
    ["its seal was edited", edited],
    ["its seal is by a key of nobody's", (paths) => rm(paths.keys, { recursive: true })],
  ])("does not hold where %s", async (_, change) => {
    await using state = await openState();
    const id = await snapshot(state.paths, await state.newBake());
    await change(state.paths, id);
    expect(await textOf(state.paths, id)).toBeUndefined();
  });

  test("does not hold for another disk", async () => {
    await using state = await openState();
    const { paths } = state;
    const id = await snapshot(paths, await state.newBake());
    const other = await snapshot(paths, await state.newBake(), "less");
    await copyFile(snapshotSeal(paths, other), snapshotSeal(paths, id));
    await copyFile(placeOf(paths, other), placeOf(paths, id));
    expect(await textOf(paths, id)).toBeUndefined();
  });

  test("is nothing where the agent remembered nothing", async () => {
    await using state = await openState();
    const bake = await state.newBake();
    await mkdir(builderFolder(state.paths, bake), { recursive: true });
    await writeFile(volumeDisk(state.paths, bake, volumeId), "a disk");
    const id = await folderSnapshots(state.paths).create(bake, volumeId, {});
    expect(existsSync(snapshotSeal(state.paths, id))).toBe(false);
    expect(await textOf(state.paths, id)).toBeUndefined();
  });
});

const placeOf = (paths: Paths, id: SnapshotId) => join(snapshotFolder(paths, id), rememberedFile);
