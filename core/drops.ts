import * as z from "zod";
import { BakeId } from "./ids.ts";

/** An object of the recipe bucket, with what it was dropped with. */
export interface Dropping {
  bytes: Buffer;
  /** Values for the recipe's parameters. */
  parameters: Record<string, string>;
  versionId?: string;
}

/** The bucket that recipes are dropped in. */
export interface Drops {
  /** That version, or the newest. Throws NotFound, InvalidInput when its parameters are no JSON. */
  read(key: string, versionId?: string): Promise<Dropping>;
  /** Objects whose keys begin so. */
  list(beginning: string): Promise<{ key: string; size: number }[]>;
}

/** What became of a drop: for whoever dropped it and waits. */
export const Fate = z.discriminatedUnion("outcome", [
  z.strictObject({
    outcome: z.literal("started"),
    bake: BakeId,
    /** Whether an earlier event had started it. */
    again: z.boolean(),
  }),
  z.strictObject({ outcome: z.literal("refused"), error: z.string(), message: z.string() }),
  z.strictObject({ outcome: z.literal("ignored"), why: z.string() }),
]);
export type Fate = z.infer<typeof Fate>;

/** What became of drops, by their hash. */
export interface Fates {
  tell(hash: string, fate: Fate): Promise<void>;
  /** Undefined as long as nothing became of it. */
  of(hash: string): Promise<Fate | undefined>;
}

/** Of which prefix an image's name is: that of the first which published under it. */
export interface Names {
  /** Undefined while nobody has published under it. */
  owner(name: string): Promise<string | undefined>;
  /** Makes it that prefix's unless it is another's; whose it is. */
  claim(name: string, prefix: string): Promise<string>;
}
