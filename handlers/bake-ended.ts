import { endOf } from "../core/bake-ended.ts";
import { ended } from "./shared/ended.ts";

/** Step Functions' event of an execution's end: releases what it held, and tells how it ended. */
export const handler = async (event: unknown): Promise<void> => {
  const end = endOf(event);
  if (end !== undefined) await ended(end);
};
