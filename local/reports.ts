import type { BakeId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { Reports } from "../core/ports.ts";
import type { Previous } from "../core/report/changes-of.ts";
import type { About, Outcome, ReportData, Verification } from "../core/report/data.ts";
import { report } from "../core/report/page.ts";
import { reportFile } from "../core/report/report-file.ts";
import type { Timeline } from "../core/report/timeline-of.ts";
import { folderImages, newestNamed, publishedImages } from "./images.ts";
import { bakeFolder, keptReport, type Paths, snapshotReport } from "./paths.ts";
import { writeText } from "./record.ts";
import { fileSigner } from "./signer.ts";

/** How a bake ended. */
export interface BakeEnd {
  /** Why it failed; absent of one that did not. */
  failure?: Extract<Outcome, { error: string }>;
  timeline: Timeline | undefined;
}

/** Reports of this machine: what is known of a candidate waits until its bake has ended. */
export interface LocalReports extends Reports {
  /**
   * Writes the report of a bake that ended: beside the disk, or beside the log when its image was
   * rejected. Answers its path; undefined when the bake ended before there was an image to judge.
   */
  finish(bake: BakeId, end: BakeEnd): Promise<string | undefined>;
}

export const folderReports = (paths: Paths): LocalReports => {
  const judged = new Map<BakeId, About>();
  return {
    async previous(recipe, bake) {
      const others = (await publishedImages(paths)).filter((image) => image.bake !== bake);
      return previousOf(newestNamed(others, recipe));
    },
    async keep(bake, about) {
      judged.set(bake, about);
    },
    async finish(bake, { failure, timeline }) {
      const about = judged.get(bake);
      if (about === undefined) return undefined;
      judged.delete(bake);
      // one that was published is, whatever went wrong after that
      const image = await folderImages(paths).complete(bake);
      const outcome = outcomeOf(image, failure);
      const path =
        image === undefined
          ? keptReport(paths, bake, reportFile)
          : snapshotReport(paths, image.snapshotId, reportFile);
      const verification = await verificationOf(paths, image);
      const data: ReportData = { ...about, outcome, timeline, verification, made: now() };
      await writeText(path, report(data), bakeFolder(paths, bake));
      return path;
    },
  };
};

const now = (): string => new Date().toISOString();

const outcomeOf = (image: Image | undefined, failure: BakeEnd["failure"]): Outcome => {
  if (image !== undefined) return { state: "published", created: image.created };
  return failure ?? { state: "judged" };
};

export const previousOf = (image: Image | undefined): Previous | undefined =>
  image && { imageId: image.imageId, created: image.created };

/** By this machine's key, where something was signed. */
export const verificationOf = async (
  paths: Paths,
  image: Image | undefined,
): Promise<Verification> => {
  if (image?.statement === undefined) return { place: "machine" };
  const [key] = await fileSigner(paths).trusted();
  return { place: "machine", statement: image.statement, keyId: key?.keyId };
};
