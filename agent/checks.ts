import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed } from "../core/errors.ts";
import type { CheckRun } from "../core/inventory/found/check-run.ts";
import type { Check } from "../core/policy/schema.ts";
import { variableOf } from "../core/recipe/variable-of.ts";
import type { Mask } from "./mask.ts";
import type { Sandbox } from "./sandbox.ts";

export interface ChecksOrder {
  checks: readonly Check[];
  /** Of the finished image: nothing that a check does may stay. */
  sandbox: Sandbox;
  /** The recipe's. A check finds each as `OVENBIRD_PARAM_NAME`. */
  parameters: Record<string, string>;
  mask: Mask;
  say(line: string): void;
}

/** Lines that are kept of what a check printed, and characters of each. */
const keptLines = 20;
const longestLine = 500;

/** Where programs write while they run: on memory, over the image's own. */
const scratchFolders = ["/tmp", "/run"];

/**
 * Runs the policy's own checks in the finished image, which they see and cannot change. How they
 * end is evidence, and nothing fails here: who judges the image decides what it is worth. Without
 * secrets: what they print is kept.
 */
export const runChecks = async (order: ChecksOrder): Promise<CheckRun[]> => {
  const runs: CheckRun[] = [];
  for (const check of order.checks) {
    const run = await runCheck(order, check);
    order.say(
      `${check.name}: ${run.status === undefined ? "did not end" : `status ${run.status}`}`,
    );
    run.output.forEach(order.say);
    runs.push(run);
  }
  return runs;
};

const runCheck = async (
  { sandbox, parameters, mask }: ChecksOrder,
  { name, command, timeout }: Check,
): Promise<CheckRun> => {
  const kept = (lines: readonly string[]) => lines.map((line) => mask(line).slice(0, longestLine));
  try {
    const { status, timedOut, tail } = await sandbox.run(["/bin/sh", "-e", "-c", command], {
      ...{ env: variablesOf(parameters), timeout, keep: keptLines },
      readOnly: await foldersOf(sandbox.root),
    });
    if (!timedOut) return { name, command, status, output: kept(tail) };
    return { name, command, output: kept([...tail, `it did not end in ${timeout} s`]) };
  } catch (error) {
    // an image without a shell cannot be asked, which is an answer
    if (!(error instanceof CommandFailed)) throw error;
    return { name, command, output: kept(error.message.split("\n").slice(-keptLines)) };
  }
};

/**
 * Who writes a recipe must not decide what a check of the operator's sees: by their own names, as
 * steps have them, parameters could be the shell's PATH, or what the linker loads.
 */
const variablesOf = (parameters: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [variableOf(name), value]));

/** Of a link nobody knows where it leads. */
const foldersOf = async (root: string): Promise<string[]> => {
  const found = await Promise.all(
    scratchFolders.map(async (path) => {
      const there = await lstat(join(root, path)).catch(() => undefined);
      return there?.isDirectory() === true ? [path] : [];
    }),
  );
  return found.flat();
};
