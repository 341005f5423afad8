import * as z from "zod";
import { Announcement } from "./announcement.ts";
import type { BakeId } from "./ids.ts";
import { NotFound } from "./errors.ts";
import type { Artifacts } from "./ports.ts";

/** What was told of a bake's end, beside its publication; null when there was nothing to tell. */
export const Ending = z.strictObject({ told: Announcement.nullable() });
export type Ending = z.infer<typeof Ending>;

const key = "ending.json";

/** Notes that the end was told, so that no sweep tells it again. */
export const noteEnding = (
  artifacts: Pick<Artifacts, "write">,
  bake: BakeId,
  ending: Ending,
): Promise<void> => artifacts.write(bake, key, JSON.stringify(ending));

/** Whether somebody told how the bake ended, or found that there is nothing to tell. */
export const isEndingTold = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<boolean> => {
  try {
    await artifacts.read(bake, key);
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
};
