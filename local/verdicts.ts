import { rm } from "node:fs/promises";
import { join } from "node:path";
import { NotFound } from "../core/errors.ts";
import type { BakeId, SnapshotId } from "../core/ids.ts";
import { Image } from "../core/image.ts";
import { Verdict, verdictFile, verdictText } from "../core/policy/verdict.ts";
import type { Verdicts } from "../core/ports.ts";
import { scanFile, scanText } from "../core/vulnerabilities/kept-scan.ts";
import { bakeFolder, imageRecord, keptReport, type Paths, snapshotReport } from "./paths.ts";
import { readRecord, writeText } from "./record.ts";

/**
 * Verdicts, and scans, beside the disks of images; of an image that is rejected, beside the log of
 * its bake. What signs finds the same bytes among the bake's artifacts.
 */
export const folderVerdicts = (paths: Paths): Verdicts => ({
  async keep(bake, imageId, { verdict, scan }) {
    const image = await readRecord(imageRecord(paths, imageId), Image);
    if (image?.state === "published") return;
    const aside = bakeFolder(paths, bake);
    const texts = [
      [scanFile, scan && scanText(scan)],
      [verdictFile, verdictText(verdict)],
    ] as const;
    for (const [name, text] of texts) {
      await put(join(aside, name), text, aside);
      if (image !== undefined) {
        const beside = snapshotReport(paths, image.snapshotId, name);
        await put(beside, verdict.passed ? text : undefined, aside);
      }
      await put(keptReport(paths, bake, name), verdict.passed ? undefined : text, aside);
    }
    if (image === undefined) {
      throw new NotFound(`the candidate ${imageId} was removed while it was judged; bake again`);
    }
  },
});

/** What was said before may lie where there is no text now. */
const put = (path: string, text: string | undefined, aside: string): Promise<void> =>
  text === undefined ? rm(path, { force: true }) : writeText(path, text, aside);

/** What was said of a bake's image that was rejected; undefined where none was. */
export const rejectedVerdict = (paths: Paths, bake: BakeId): Promise<Verdict | undefined> =>
  readRecord(keptReport(paths, bake, verdictFile), Verdict);

/** What was said of a published image; undefined when it was baked before anybody did. */
export const verdictOf = (paths: Paths, snapshotId: SnapshotId): Promise<Verdict | undefined> =>
  readRecord(snapshotReport(paths, snapshotId, verdictFile), Verdict);
