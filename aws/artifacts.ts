import { NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts } from "../core/ports.ts";
import { type Bucket, readObject, writeObject } from "./objects.ts";

/** Where a bake's artifact is in the artifact bucket. */
export const artifactKey = (bake: BakeId, key: string): string => `bakes/${bake}/${key}`;

/** A bake's artifacts as objects; the bucket's lifecycle says how long they stay. */
export const s3Artifacts = (bucket: Bucket): Artifacts => ({
  async read(bake, key) {
    const text = await readObject(bucket, artifactKey(bake, key));
    if (text === undefined) throw new NotFound(`the bake ${bake} has no artifact ${key}`);
    return text;
  },
  write: (bake, key, text) => writeObject(bucket, artifactKey(bake, key), text, "text/plain"),
});
