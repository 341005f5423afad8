import { constants } from "node:os";

/** What `ovenbird` exits with; the table for users is in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  /** The bake failed, or anything happened that has no code of its own. */
  failed: 1,
  /** The recipe or the command line is wrong: nothing was done. */
  usage: 2,
  /** The machine lacks something. */
  notReady: 3,
  /**
   * The image was baked and failed its tests or the policy, so it was rejected; or it is not as it
   * was baked.
   */
  rejected: 4,
  /** There is no such image, or no such builder is kept. */
  notFound: 5,
} as const;

const byName: Record<string, number> = {
  InvalidRecipe: exitCodes.usage,
  UsageError: exitCodes.usage,
  UnusableArchive: exitCodes.usage,
  UnusableDisk: exitCodes.usage,
  TargetExists: exitCodes.usage,
  NotReady: exitCodes.notReady,
  TestsFailed: exitCodes.rejected,
  ProvenanceFailed: exitCodes.rejected,
  NotAsBaked: exitCodes.rejected,
  NotFound: exitCodes.notFound,
};

/** The exit code of a command that ended with this error. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof Error ? (byName[error.name] ?? exitCodes.failed) : exitCodes.failed;

/** The exit code of a command that a signal ended, as shells count: 130 for SIGINT. */
export const exitCodeOfSignal = (signal: NodeJS.Signals): number => 128 + constants.signals[signal];
