import { NotFound } from "./errors.ts";
import type { BakeId } from "./ids.ts";
import type { Artifacts } from "./ports.ts";

/*
 * What a bake notes of its own that was given back whole, so that its last release need not look for
 * it again. Whoever releases after the bake's end looks all the same: the release a quarter of an
 * hour later, that of a bake that did not succeed, and the sweep.
 */

/**
 * Of a bake: its builders, its test machines, its candidate with the snapshot behind it, which became
 * an image that stays, or all that it held.
 */
export type Released = "builders" | "testMachines" | "candidate" | "bake";

const keyOf = (what: Released): string => `released/${what}.json`;

export const noteReleased = (
  artifacts: Pick<Artifacts, "write">,
  bake: BakeId,
  what: Released,
): Promise<void> => artifacts.write(bake, keyOf(what), "{}\n");

export const isReleased = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
  what: Released,
): Promise<boolean> => {
  try {
    await artifacts.read(bake, keyOf(what));
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
};
