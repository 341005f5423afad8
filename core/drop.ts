import { createHash } from "node:crypto";
import * as z from "zod";
import { isArchiveName } from "./archive/kind-of-archive.ts";
import { BakeId } from "./ids.ts";

/** One version of an object in the recipe bucket. */
export const Drop = z.strictObject({
  bucket: z.string(),
  key: z.string(),
  /** Absent where the bucket keeps no versions. */
  versionId: z.string().optional(),
  /** S3's, hexadecimal digits of any number: the order of one key's versions. */
  sequencer: z.string(),
  /** Bytes. */
  size: z.int().nonnegative(),
  /** ISO 8601; S3's events tell whole seconds. */
  at: z.iso.datetime(),
});
export type Drop = z.infer<typeof Drop>;

/**
 * S3's `Object Created` as EventBridge delivers it: at least once, and in any order. Keys are
 * written as they are, other than in S3's own notifications, which encode them.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
const ObjectCreated = z.object({
  source: z.literal("aws.s3"),
  "detail-type": z.literal("Object Created"),
  time: z.iso.datetime(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.int().nonnegative(),
      "version-id": z.string().optional(),
      sequencer: z.string(),
    }),
  }),
});

/** What an event says was dropped. Throws a ZodError when it is another event. */
export const dropOf = (event: unknown): Drop => {
  const { time, detail } = ObjectCreated.parse(event);
  const { key, size, sequencer } = detail.object;
  const versionId = detail.object["version-id"];
  return { bucket: detail.bucket.name, key, versionId, sequencer, size, at: time };
};

const isTextName = (key: string): boolean => /\.(?:ya?ml|json)$/i.test(key);

/** Where operators write, and nobody drops. */
const reserved = /^policies\//;

/** Whether a key can be a recipe's or a bundle's; every other is nobody's business. */
export const isDropKey = (key: string): boolean =>
  !reserved.test(key) &&
  !/(?:^|\/)(?:\.|__MACOSX\/)/.test(key) &&
  (isTextName(key) || isArchiveName(key));

/** The drop prefix: the first folder of the key, empty where it is in none. */
export const prefixOf = (key: string): string =>
  key.includes("/") ? key.slice(0, key.indexOf("/")) : "";

/** Whether a key lies in a folder below its prefix, where a recipe's own files are too. */
export const isBelow = (key: string): boolean => key.split("/").length > 2;

/** 16 hexadecimal digits that are the same for the same version of the same object. */
export const dropHash = ({ bucket, key, versionId, sequencer }: Drop | DropVersion): string =>
  createHash("sha256")
    .update(JSON.stringify([bucket, key, versionId ?? sequencer]))
    .digest("hex")
    .slice(0, 16);

/** 16 hexadecimal digits that are the same for all versions of an object. */
export const dropPlace = ({ bucket, key }: Pick<Drop, "bucket" | "key">): string =>
  createHash("sha256")
    .update(JSON.stringify([bucket, key]))
    .digest("hex")
    .slice(0, 16);

/** What tells a version from every other, where the bucket keeps versions. */
export interface DropVersion {
  bucket: string;
  key: string;
  versionId: string;
  sequencer?: undefined;
}

/** The bake of a recipe of that name in that drop. */
export const bakeOfDrop = (name: string, drop: Drop | DropVersion, attempt = 1): BakeId =>
  BakeId.parse(`${name}-${dropHash(drop)}-${attempt}`);

/** What says where and when an image's recipe was dropped. */
export const Dropped = Drop.omit({ size: true });
export type Dropped = z.infer<typeof Dropped>;

/**
 * Which of two drops is the newer: more than zero when it is the first. Versions of one key are in
 * the order of their sequencers, of which S3 says to pad the shorter on its left; those of two keys
 * in the order of their times, to the second, and then of anything that is the same every time.
 */
export const compareDrops = (one: Dropped, other: Dropped): number => {
  const time = Date.parse(one.at) - Date.parse(other.at);
  if (one.bucket !== other.bucket || one.key !== other.key) {
    return time !== 0 ? time : compare(placeOf(one), placeOf(other));
  }
  const length = Math.max(one.sequencer.length, other.sequencer.length);
  const [first, second] = [one, other].map(({ sequencer }) =>
    sequencer.toLowerCase().padStart(length, "0"),
  );
  return compare(first ?? "", second ?? "");
};

const placeOf = ({ bucket, key }: Dropped): string => `${bucket}/${key}`;

const compare = (one: string, other: string): number => (one === other ? 0 : one > other ? 1 : -1);
