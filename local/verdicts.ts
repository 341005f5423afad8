import { join } from "node:path";
import type { BakeId, SnapshotId } from "../core/ids.ts";
import { SnapshotId as Snapshot } from "../core/ids.ts";
import { Verdict, verdictFile, verdictText } from "../core/policy/verdict.ts";
import type { Verdicts } from "../core/ports.ts";
import { scanFile, scanText } from "../core/vulnerabilities/kept-scan.ts";
import { madeId } from "./made-id.ts";
import { bakeFolder, keptReport, type Paths, snapshotReport } from "./paths.ts";
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
    ? snapshotReport(paths, Snapshot.parse(madeId("snap", bake)), name)
    : keptReport(paths, bake, name);

/** What was said of a bake's image that was rejected; undefined where none was. */
export const rejectedVerdict = (paths: Paths, bake: BakeId): Promise<Verdict | undefined> =>
  readRecord(keptReport(paths, bake, verdictFile), Verdict);

/** What was said of a published image; undefined when it was baked before anybody did. */
export const verdictOf = (paths: Paths, snapshotId: SnapshotId): Promise<Verdict | undefined> =>
  readRecord(snapshotReport(paths, snapshotId, verdictFile), Verdict);
