import {
  paginateGetParameterHistory,
  PutParameterCommand,
  type SSMClient,
} from "@aws-sdk/client-ssm";
import { InUse } from "../core/errors.ts";
import { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
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

/** One that was the latest, or was meant to be. */
interface Claim {
  imageId: string;
  /** ISO 8601; empty where somebody else wrote the parameter: older than any of ours. */
  created: string;
  version: number;
}

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

/** Makes it the latest image of its recipe, unless there is a newer one. Throws InUse. */
export const makeLatest = async (aws: Parameters, image: Image): Promise<void> => {
  const name = latestParameter(aws.stage, image.name);
  let written = 0;
  const settled = await lookAgain(async () => {
    const claims = await claimsOf(aws, name);
    const current = claims.at(-1);
    if ((current?.version ?? 0) < written) return undefined; // ours is not shown yet
    const newest = await newestOf(aws, claims, image);
    if (current?.imageId === newest.imageId) return true;
    written = await put(aws, name, newest, current === undefined, image.name);
    return undefined;
  }, [0, ...(aws.pauses ?? patience)]);
  if (settled === true) return;
  throw new InUse(`others keep writing the parameter ${name}; a later try may succeed`);
};

const isNewer = (one: Omit<Claim, "version">, other: Omit<Claim, "version">): boolean =>
  one.created === other.created ? one.imageId > other.imageId : one.created > other.created;

/** An image that was removed since does not come back. */
const newestOf = async (
  aws: Parameters,
  claims: readonly Claim[],
  image: Image,
): Promise<Omit<Claim, "version">> => {
  const newer = claims
    .filter((claim) => isNewer(claim, image))
    .toSorted((one, other) => (isNewer(one, other) ? -1 : 1));
  for (const claim of newer) {
    const imageId = ImageId.safeParse(claim.imageId);
    if (imageId.success && (await readRecord(aws, imageId.data)) !== undefined) return claim;
  }
  return image;
};

/** It names the image, because a value written by hand keeps the description there was. */
const description = ({ imageId, created }: Omit<Claim, "version">): string =>
  `${imageId} was registered at ${created}`;

/** ISO 8601; empty where the description is not of that value. */
const createdOf = (imageId: string, text: string): string => {
  const start = description({ imageId, created: "" });
  return text.startsWith(start) ? text.slice(start.length) : "";
};

/** By version, the current one last; none when there is no such parameter. */
const claimsOf = async ({ ssm }: Parameters, name: string): Promise<Claim[]> => {
  const claims: Claim[] = [];
  try {
    const pages = paginateGetParameterHistory({ client: ssm, pageSize: 50 }, { Name: name });
    for await (const { Parameters: page = [] } of pages) {
      for (const { Value = "", Description = "", Version = 0 } of page) {
        const created = createdOf(Value, Description);
        claims.push({ imageId: Value, created, version: Version });
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
  claim: Omit<Claim, "version">,
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
