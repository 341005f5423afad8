import { DeleteParameterCommand, GetParameterCommand } from "@aws-sdk/client-ssm";
import { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import { newestImage } from "../core/newest-image.ts";
import { type Ami, tagOf } from "./ami.ts";
import { type ImagesOfEc2, publishedImagesOf } from "./find-images.ts";
import { readRecord } from "./image-records.ts";
import { latestParameter, makeLatest, type Parameters } from "./latest-image.ts";
import { isNamed } from "./named-error.ts";

type Aws = Parameters & ImagesOfEc2;

/**
 * Has a recipe's latest image, where it is the one that is removed, be the newest of those that are
 * left; where none is, the parameter goes. Throws InUse, CorruptRecord.
 */
export const replaceLatest = async (aws: Aws, recipe: string, removed: ImageId): Promise<void> => {
  const { ssm, stage } = aws;
  const Name = latestParameter(stage, recipe);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name }));
    if (Parameter?.Value !== removed) return;
    const newest = await newestBeside(aws, recipe, removed);
    if (newest === undefined) await ssm.send(new DeleteParameterCommand({ Name }));
    else await makeLatest(aws, newest, removed);
  } catch (error) {
    if (!isNamed(error, "ParameterNotFound")) throw error;
  }
};

/** What was deregistered a moment ago may be shown still. */
const newestBeside = async (
  aws: Aws,
  recipe: string,
  removed: ImageId,
): Promise<Image | undefined> => {
  const left = (await publishedImagesOf(aws, recipe)).filter(
    ({ ImageId: id, State }) => id !== removed && State === "available",
  );
  const newest = newestImage(left.map(dated));
  return newest && readRecord(aws, ImageId.parse(newest.imageId));
};

const dated = (ami: Ami) => ({
  ...{ imageId: ami.ImageId ?? "", created: ami.CreationDate ?? "" },
  mark: tagOf(ami, "drop"),
});
