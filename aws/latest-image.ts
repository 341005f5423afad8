import {
  paginateGetParameterHistory,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { InUse } from "../core/errors.ts";
import { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import { type Dated, dropMark, newestImage } from "../core/newest-image.ts";
import { readRecord } from "./image-records.ts";
import { lookAgain, patience } from "./look-again.ts";
import { isNamed } from "./named-error.ts";
import type { Bucket } from "./objects.ts";
import type { Stage } from "./stage.ts";
import { tagKeys } from "./tags.ts";

export interface Parameters extends Bucket {
  ssm: SSMClient;
  stage: Bucket["stage"] & Pick<Stage, "name">;
  /** Milliseconds between two looks at the parameter. */
  pauses?: readonly number[];
}

/** What the parameters of a stage's images begin with. */
export const imagesPath = ({ name }: Pick<Stage, "name">): string => `/ovenbird/${name}/images`;

/** The parameter that holds the id of a recipe's newest published image. */
export const latestParameter = (stage: Pick<Stage, "name">, recipe: string): string =>
  `${imagesPath(stage)}/${recipe}/latest`;

/** One that was the latest, or was meant to be; one that somebody else wrote is older than ours. */
interface Claim extends Dated {
  version: number;
}

const claimOf = ({ imageId, created, drop }: Image): Dated => ({
  ...{ imageId, created },
  mark: drop && dropMark(drop),
});

/*
 * Which image is the newest does not depend on who finishes first, though nothing writes a
 * parameter on a condition: Overwrite=false tells only the first of all writers, versions are
 * counted whoever writes, and a label moves as unconditionally as a value does (and a labelled
 * version that grows old blocks all writers: a parameter has 100). But a parameter remembers its
 * versions, each with its description. So every publisher writes when its image is the newest,
 * reads all versions back, and goes on until the current one is the newest of all. Who overwrote a
 * newer one finds it among the versions and puts it back; when that publisher dies before, its
 * retry does, or the next publisher.
 *
 * The data type is `text`: with `aws:ec2:image` a value is stored some time after the answer, or
 * not at all, and could not be read back. Both may be named in RunInstances.
 */

/**
 * Makes it the latest image of its recipe, unless there is one of a newer drop; one that is being
 * removed counts for nothing. Throws InUse.
 */
export const makeLatest = async (
  aws: Parameters,
  image: Image,
  removed?: ImageId,
): Promise<void> => {
  const ours = claimOf(image);
  const name = latestParameter(aws.stage, image.name);
  let written = 0;
  const settled = await lookAgain(async () => {
    const claims = await claimsOf(aws, name);
    const current = claims.at(-1);
    if ((current?.version ?? 0) < written) return undefined; // ours is not shown yet
    const others = claims.filter(({ imageId }) => imageId !== removed);
    const newest = await newestOf(aws, others, ours);
    if (current?.imageId === newest.imageId) return true;
    written = await put(aws, name, newest, current === undefined, image.name);
    return undefined;
  }, [0, ...(aws.pauses ?? patience)]);
  if (settled === true) return;
  throw new InUse(`others keep writing the parameter ${name}; a later try may succeed`);
};

/** An image that was removed since does not come back. */
const newestOf = async (aws: Parameters, claims: readonly Claim[], ours: Dated): Promise<Dated> => {
  let left = claims.filter(({ imageId }) => imageId !== ours.imageId);
  for (;;) {
    const newest = newestImage<Dated>([...left, ours]);
    if (newest === undefined || newest === ours) return ours;
    const imageId = ImageId.safeParse(newest.imageId);
    if (imageId.success && (await readRecord(aws, imageId.data)) !== undefined) return newest;
    left = left.filter((one) => one.imageId !== newest.imageId);
  }
};

/** It names the image, because a value written by hand keeps the description there was. */
const description = ({ imageId, created, mark }: Dated): string =>
  `${imageId} was registered at ${created}${mark === undefined ? "" : `, dropped at ${mark}`}`;

/** What a description says of that value; nothing where it is of another. */
const datesIn = (imageId: string, text: string): Dated => {
  const found = / was registered at (\S+?)(?:, dropped at (\S+ \S+ \S+))?$/.exec(text);
  if (found === null || !text.startsWith(`${imageId} `)) return { imageId, created: "" };
  return { imageId, created: found[1] ?? "", mark: found[2] };
};

/** By version, the current one last; none when there is no such parameter. */
const claimsOf = async ({ ssm }: Parameters, name: string): Promise<Claim[]> => {
  const claims: Claim[] = [];
  try {
    const pages = paginateGetParameterHistory({ client: ssm, pageSize: 50 }, { Name: name });
    for await (const { Parameters: page = [] } of pages) {
      for (const { Value = "", Description = "", Version = 0 } of page) {
        claims.push({ ...datesIn(Value, Description), version: Version });
      }
    }
  } catch (error) {
    if (isNamed(error, "ParameterNotFound")) return [];
    throw error;
  }
  return claims.toSorted((one, other) => one.version - other.version);
};

/** The version it got; 0 when somebody else writes at this moment. */
const put = async (
  { ssm, stage }: Parameters,
  Name: string,
  claim: Dated,
  isFirst: boolean,
  recipe: string,
): Promise<number> => {
  const tags = { [tagKeys.stage]: stage.name, [tagKeys.recipe]: recipe };
  const value = { Value: claim.imageId, Description: description(claim) };
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
  // SSM takes tags only with what is new
  const how = isFirst ? { Overwrite: false, Tags } : { Overwrite: true };
  try {
    const ask = { Name, ...value, Type: "String", DataType: "text", ...how } as const;
    return (await ssm.send(new PutParameterCommand(ask))).Version ?? 0;
  } catch (error) {
    if (isNamed(error, "ParameterAlreadyExists", "TooManyUpdates")) return 0;
    throw error;
  }
};
