import { NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Artifacts } from "../core/ports.ts";
import { type Bucket, findObject, readObject, writeObject } from "./objects.ts";

/** Where a bake's artifact is in the artifact bucket. */
export const artifactKey = (bake: BakeId, key: string): string => `bakes/${bake}/${key}`;

/** A bake's artifacts as objects; the bucket's lifecycle says how long they stay. */
export const s3Artifacts = (bucket: Bucket): Artifacts => ({
  async read(bake, key) {
    return there(await readObject(bucket, artifactKey(bake, key)), bake, key);
  },
  async write(bake, key, text) {
    await writeObject(bucket, artifactKey(bake, key), text, { type: "text/plain" });
  },
  async keep(bake, key, text) {
    const first = { type: "text/plain", unlessThere: true } as const;
    const object = artifactKey(bake, key);
    if (await writeObject(bucket, object, text, first)) return text;
    return there(await readObject(bucket, object), bake, key);
  },
  async get(bake, key) {
    return there((await findObject(bucket, artifactKey(bake, key)))?.bytes, bake, key);
  },
  async put(bake, key, bytes) {
    await writeObject(bucket, artifactKey(bake, key), bytes);
  },
});

const there = <T>(found: T | undefined, bake: BakeId, key: string): T => {
  if (found === undefined) throw new NotFound(`the bake ${bake} has no artifact ${key}`);
  return found;
};
