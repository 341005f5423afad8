import { artifactKey } from "../../aws/artifacts.ts";
import { readRecord } from "../../aws/image-records.ts";
import { readObject } from "../../aws/objects.ts";
import { NotFound } from "../../core/errors.ts";
import { BakeId } from "../../core/ids.ts";
import { reportFile } from "../../core/report/report-file.ts";
import { amiNamed, type Archive } from "./prove-ami.ts";

/**
 * The report on an AMI, on the newest image of a recipe, or on the one that a bake made and that may
 * have been rejected: as it was written when policy judged it. Throws NotFound, CorruptRecord.
 */
export const amiReport = async (archive: Archive, named: string): Promise<string> => {
  const given = BakeId.safeParse(named);
  const bake = given.success ? given.data : await bakeOf(archive, named);
  const page = await readObject(archive, artifactKey(bake, reportFile));
  if (page !== undefined) return page;
  throw new NotFound(
    `the stage ${archive.stage.name} has no report of the bake ${bake}: policy judged no image of it`,
  );
};

const bakeOf = async (archive: Archive, named: string): Promise<BakeId> => {
  const imageId = await amiNamed(archive, named);
  const record = await readRecord(archive, imageId);
  if (record !== undefined) return record.bake;
  throw new NotFound(`the stage ${archive.stage.name} has published no image ${imageId}`);
};
