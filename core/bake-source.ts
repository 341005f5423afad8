import * as z from "zod";
import { Drop } from "./drop.ts";
import { NotFound } from "./errors.ts";
import type { BakeId } from "./ids.ts";
import { kept } from "./kept.ts";
import type { Artifacts } from "./ports.ts";

/** Where a bake comes from: what publication, policy and sweep need to know of it. */
export const BakeSource = z.strictObject({
  drop: Drop,
  /** The drop prefix, by which policy and names go. */
  prefix: z.string(),
  /** Files that were read from beside a lone recipe, each in that version. */
  beside: z.array(z.strictObject({ key: z.string(), versionId: z.string().optional() })),
  /** Seconds that the whole bake may take, by the policy at its start. */
  longest: z.int().positive(),
});
export type BakeSource = z.infer<typeof BakeSource>;

/** Of a bake that no drop began, it is NotFound. */
export const { write: writeSource, read: readSource } = kept("source.json", BakeSource);

/** Undefined for a bake that no drop began. */
export const findSource = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<BakeSource | undefined> => {
  try {
    return await readSource(artifacts, bake);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};
