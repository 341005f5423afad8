import { join } from "node:path";
import type { BakeId, SnapshotId } from "../core/ids.ts";
import { SnapshotId as Snapshot } from "../core/ids.ts";
import { Verdict, verdictFile } from "../core/policy/verdict.ts";
import type { Verdicts } from "../core/ports.ts";
import { madeId } from "./made-id.ts";
import { bakeFolder, keptVerdict, type Paths, snapshotFolder } from "./paths.ts";
import { readRecord, writeRecord } from "./record.ts";

/** Verdicts beside the disks of images; of one that was rejected, beside the log of its bake. */
export const folderVerdicts = (paths: Paths): Verdicts => ({
  async keep(bake, _, verdict) {
    const aside = bakeFolder(paths, bake);
    await writeRecord(keptPlace(paths, bake, verdict), verdict, aside);
  },
});

const keptPlace = (paths: Paths, bake: BakeId, { passed }: Verdict): string =>
  passed ? placeOf(paths, Snapshot.parse(madeId("snap", bake))) : keptVerdict(paths, bake);

const placeOf = (paths: Paths, snapshotId: SnapshotId): string =>
  join(snapshotFolder(paths, snapshotId), verdictFile);

/** What was said of a bake's image that was rejected; undefined where none was. */
export const rejectedVerdict = (paths: Paths, bake: BakeId): Promise<Verdict | undefined> =>
  readRecord(keptVerdict(paths, bake), Verdict);

/** What was said of a published image; undefined when it was baked before anybody did. */
export const verdictOf = (paths: Paths, snapshotId: SnapshotId): Promise<Verdict | undefined> =>
  readRecord(placeOf(paths, snapshotId), Verdict);
