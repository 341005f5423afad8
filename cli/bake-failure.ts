import { outcomeOf } from "../core/bake-ended.ts";
import type { BakeId } from "../core/ids.ts";
import { ExecutionFailed } from "../local/execution-failed.ts";

/** How a bake that published nothing ended, under the error's own name. */
export class BakeFailure extends Error {
  readonly status: "failed" | "rejected" | "stopped";
  /** The bake whose builder is kept, until when; absent when it is not. */
  kept?: { bake: BakeId; until: Date };
  /** The bake whose image the provenance policy refused; absent unless it did. */
  judged?: BakeId;
  /** What else the operator may want to know. */
  remark?: string;
  constructor(name: string, message: string, status: BakeFailure["status"], cause: unknown) {
    super(message, { cause });
    this.name = name;
    this.status = status;
  }
}

export const failureOf = (error: unknown, signal: AbortSignal): BakeFailure => {
  if (signal.aborted) {
    return new BakeFailure("BakeStopped", "the bake was stopped", "stopped", error);
  }
  if (error instanceof ExecutionFailed) {
    const outcome = outcomeOf("failed", error.error);
    return new BakeFailure(error.error, error.message, outcome, error);
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new BakeFailure(name, message, "failed", error);
};
