import { join } from "node:path";
import type { BakeId, ImageId, SnapshotId, VolumeId } from "../core/ids.ts";

/**
 * The state directory:
 *
 *     images/<image>.json                      one record an image, written whole or not at all
 *     snapshots/<snapshot>/disk.raw            a finished or stock disk, never written again
 *     snapshots/<snapshot>/snapshot.json
 *     bakes/<bake>/                            all that a running bake holds; locked while it lives
 *     snapshots/<snapshot>/inventory.json.gz   what the agent found on it
 *     snapshots/<snapshot>/remembered.json.gz  by what its files are known again in a copy
 *     snapshots/<snapshot>/seal.json           shows whether somebody wrote to the disk since
 *     snapshots/<snapshot>/image.intoto.jsonl  signed statements of its image
 *     bundles/<id>/                            what a command unpacked, while it lives; locked
 *     steps/<key>/                             a disk as it was after some steps, see step-cache.ts
 *     snapshots/<snapshot>/verdict.json        what the provenance policy said of it
 *     snapshots/<snapshot>/report.html         all that is known of it, for people
 *     snapshots/<snapshot>/scan.json           what was known of its vulnerabilities then
 *     snapshots/<snapshot>/exports/            which files were made of it, by their SHA-256
 *     keys/statement.pem                       the key that signs statements; nobody else reads it
 *     keys/earlier/<id>.pem                    public halves of keys that signed before it
 *     logs/<bake>.jsonl                        kept logs of bakes that published nothing
 *     logs/<bake>.verdict.json                 why the policy refused its image
 *     logs/<bake>.report.html                  the report on an image that was rejected
 *     logs/<bake>.scan.json                    what was known of its vulnerabilities then
 */
export interface Paths {
  root: string;
  images: string;
  snapshots: string;
  bakes: string;
  logs: string;
  bundles: string;
  steps: string;
  keys: string;
}

export const pathsIn = (root: string): Paths => ({
  root,
  images: join(root, "images"),
  snapshots: join(root, "snapshots"),
  bakes: join(root, "bakes"),
  logs: join(root, "logs"),
  bundles: join(root, "bundles"),
  steps: join(root, "steps"),
  keys: join(root, "keys"),
});

export const imageRecord = (paths: Paths, id: ImageId) => join(paths.images, `${id}.json`);
export const snapshotFolder = (paths: Paths, id: SnapshotId) => join(paths.snapshots, id);
export const snapshotDisk = (paths: Paths, id: SnapshotId) =>
  join(snapshotFolder(paths, id), "disk.raw");
export const snapshotRecord = (paths: Paths, id: SnapshotId) =>
  join(snapshotFolder(paths, id), "snapshot.json");
/** The name of what is remembered of a disk's files, in the folder of the disk. */
export const rememberedFile = "remembered.json.gz";
export const snapshotSeal = (paths: Paths, id: SnapshotId) =>
  join(snapshotFolder(paths, id), "seal.json");
export const statementsFile = (paths: Paths, id: SnapshotId) =>
  join(snapshotFolder(paths, id), "image.intoto.jsonl");
export const snapshotReport = (paths: Paths, id: SnapshotId, name: string) =>
  join(snapshotFolder(paths, id), name);
export const bakeFolder = (paths: Paths, bake: BakeId) => join(paths.bakes, bake);
export const builderFolder = (paths: Paths, bake: BakeId) =>
  join(bakeFolder(paths, bake), "builder");
export const testFolder = (paths: Paths, bake: BakeId) => join(bakeFolder(paths, bake), "test");
export const volumeDisk = (paths: Paths, bake: BakeId, id: VolumeId) =>
  join(builderFolder(paths, bake), `${id}.raw`);
export const bakeLog = (paths: Paths, bake: BakeId) => join(bakeFolder(paths, bake), "log.jsonl");
export const keptReport = (paths: Paths, bake: BakeId, name: string) =>
  join(paths.logs, `${bake}.${name}`);
export const keptLog = (paths: Paths, bake: BakeId) => join(paths.logs, `${bake}.jsonl`);
