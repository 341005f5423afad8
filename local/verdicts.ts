import { join } from "node:path";
import type { BakeId, SnapshotId } from "../core/ids.ts";
import { SnapshotId as Snapshot } from "../core/ids.ts";
import { Verdict, verdictFile, verdictText } from "../core/policy/verdict.ts";
import type { Verdicts } from "../core/ports.ts";
import { scanFile, scanText } from "../core/vulnerabilities/kept-scan.ts";
import { madeId } from "./made-id.ts";
import { bakeFolder, keptReport, type Paths, snapshotFolder } from "./paths.ts";
import { readRecord, writeText } from "./record.ts";

/**
 * Verdicts, and scans, beside the disks of images; of an image that was rejected, beside the log of
 * its bake. What signs finds the same bytes among the bake's artifacts.
 */
export const folderVerdicts = (paths: Paths): Verdicts => ({
  async keep(bake, _, { verdict, scan }) {
    const aside = bakeFolder(paths, bake);
    const texts = {
      ...(scan && { [scanFile]: scanText(scan) }),
      [verdictFile]: verdictText(verdict),
    };
    for (const [name, text] of Object.entries(texts)) {
      await writeText(join(aside, name), text, aside);
      await writeText(keptPlace(paths, bake, verdict, name), text, aside);
    }
  },
});

const keptPlace = (paths: Paths, bake: BakeId, { passed }: Verdict, name: string): string =>
  passed
    ? reportOf(paths, Snapshot.parse(madeId("snap", bake)), name)
    : keptReport(paths, bake, name);

/** Where a report on a published image is. */
export const reportOf = (paths: Paths, snapshotId: SnapshotId, name: string): string =>
  join(snapshotFolder(paths, snapshotId), name);

/** What was said of a published image; undefined when it was baked before anybody did. */
export const verdictOf = (paths: Paths, snapshotId: SnapshotId): Promise<Verdict | undefined> =>
  readRecord(reportOf(paths, snapshotId, verdictFile), Verdict);
