import * as bakeErrors from "../core/errors.ts";
import { inAwsWords } from "./aws/in-words.ts";
import { BakeFailure } from "./bake-failure.ts";
import {
  Interrupted,
  NotAsBaked,
  ParentFailed,
  SelftestFailed,
  StageRemains,
  UsageError,
} from "./errors.ts";
import { exitCodeOf, exitCodeOfSignal } from "./exit-codes.ts";
import { note } from "./output.ts";

/** Prints an error for the operator and answers the exit code it stands for. */
export const report = (error: unknown): number => {
  if (error instanceof Interrupted) {
    // Whoever closed the pipe has had what they wanted.
    if (error.signal !== "SIGPIPE") note(`error: ${error.message}`);
    return exitCodeOfSignal(error.signal);
  }
  const all: unknown[] = error instanceof AggregateError ? error.errors : [error];
  const errors = all.map(inAwsWords);
  for (const one of errors) note(textOf(one));
  return exitCodeOf(errors[0]);
};

const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return `error: ${String(error)}`;
  // One `file:line:column: …` a line: editors and CI systems find the place by it.
  if (error.name === "InvalidRecipe") return error.message;
  if (error instanceof UsageError) return `error: ${error.message}\nhint: ${error.hint}`;
  if (error instanceof BakeFailure && error.remark !== undefined) {
    return `error: ${error.message}\n${error.remark}`;
  }
  if (isKnown(error)) return `error: ${error.message}`;
  // what a stage told: no line of this program's has to do with it
  if (error instanceof BakeFailure && error.cause === undefined) {
    return `error: ${error.name}: ${error.message}`;
  }
  return `error: ${error.stack ?? error.message}`;
};

/** Errors that are about the operator's world; the others are about our code. */
const isKnown = (error: Error): boolean =>
  error.name in bakeErrors || own.some((type) => error instanceof type) || "syscall" in error;

const own = [NotAsBaked, ParentFailed, SelftestFailed, StageRemains];
