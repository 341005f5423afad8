import { Fate, type Fates } from "../core/drops.ts";
import { type Bucket, readObject, writeObject } from "./objects.ts";

const keyOf = (hash: string): string => `drops/${hash}.json`;

/** What became of drops, as objects in the artifact bucket. */
export const s3Fates = (bucket: Bucket): Fates => ({
  async tell(hash, fate) {
    const json = { type: "application/json" } as const;
    await writeObject(bucket, keyOf(hash), JSON.stringify(fate), json);
  },
  async of(hash) {
    const text = await readObject(bucket, keyOf(hash));
    return text === undefined ? undefined : Fate.parse(JSON.parse(text));
  },
});
