import * as z from "zod";
import { StatementBroken } from "../errors.ts";
import type { ImageId } from "../ids.ts";
import { Digest } from "../origin.ts";

const Judged = z.looseObject({ inventory: Digest.optional() });

/** The inventory that a verdict's file says it is of; undefined for one that does not say. */
export const judgedInventory = (verdict: Uint8Array): string | undefined => {
  try {
    return Judged.safeParse(JSON.parse(Buffer.from(verdict).toString("utf8"))).data?.inventory;
  } catch {
    return undefined; // it is no JSON: its own digest tells that it was changed
  }
};

/** What is signed is what was judged: who changed the inventory in between is told. Throws StatementBroken. */
export const assertJudged = (
  imageId: ImageId,
  verdict: Uint8Array | undefined,
  inventory: string,
): void => {
  const judged = verdict && judgedInventory(verdict);
  if (judged === undefined || judged === inventory) return;
  throw new StatementBroken(
    `the verdict on ${imageId} is of the inventory ${judged}, and there is ${inventory}: one of them was changed since; bake it again`,
  );
};
