import { stageOf } from "../../aws/stage.ts";

/** The stage that this function belongs to. */
export const stage = stageOf(process.env);
