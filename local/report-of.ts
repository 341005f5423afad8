import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotFound } from "../core/errors.ts";
import { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import { contentsOf } from "../core/report/contents-of.ts";
import type { Vulnerabilities } from "../core/report/data.ts";
import { report } from "../core/report/page.ts";
import { reportFile } from "../core/report/report-file.ts";
import { sincePrevious } from "../core/report/since-previous.ts";
import { KeptScan, scanFile } from "../core/vulnerabilities/kept-scan.ts";
import { findImage, newestNamed, publishedImages } from "./images.ts";
import { folderInventories } from "./inventories.ts";
import { isMissing } from "./missing.ts";
import { keptReport, type Paths, snapshotFolder, snapshotReport } from "./paths.ts";
import { readRecord } from "./record.ts";
import { previousOf, verificationOf } from "./reports.ts";
import { verdictOf } from "./verdicts.ts";

/**
 * The report on an image, or on the one that a bake made and that was rejected, as it was written
 * when the bake ended. Of an image from before there were reports it is made now, of what is kept.
 * Throws NotFound, CorruptRecord.
 */
export const reportOf = async (paths: Paths, named: string): Promise<string> => {
  const bake = BakeId.safeParse(named);
  const rejected = bake.success
    ? await textIn(keptReport(paths, bake.data, reportFile))
    : undefined;
  if (rejected !== undefined) return rejected;
  const image = await findImage(paths, named);
  return (
    (await textIn(snapshotReport(paths, image.snapshotId, reportFile))) ?? makeNow(paths, image)
  );
};

const textIn = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });

const makeNow = async (paths: Paths, image: Image): Promise<string> => {
  const { imageId, snapshotId, created } = image;
  const inventories = folderInventories(paths);
  const kept = await inventories.ofImage(imageId);
  if (kept === undefined) {
    throw new NotFound(`no inventory was taken of ${imageId}; bake it again to have a report`);
  }
  const { inventory } = kept;
  const older = (await publishedImages(paths)).filter((other) => other.created < created);
  const previous = previousOf(newestNamed(older, image.name));
  return report({
    image,
    contents: contentsOf(inventory),
    verdict: await verdictOf(paths, snapshotId),
    vulnerabilities: await scanOf(paths, image),
    since: await sincePrevious(inventories, previous, inventory),
    ...{ digests: {}, outcome: { state: "published", created } },
    verification: await verificationOf(paths, image),
    made: new Date().toISOString(),
  });
};

/** Without exceptions, which are the policy's and not the scan's. */
const scanOf = async (paths: Paths, { snapshotId }: Image): Promise<Vulnerabilities> => {
  const scan = await readRecord(join(snapshotFolder(paths, snapshotId), scanFile), KeptScan);
  if (scan === undefined) return { unkept: true };
  const { findings, unscanned, newest } = scan;
  return { findings, unscanned, newest };
};
