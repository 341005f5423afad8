import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShellStep } from "../../core/job.ts";
import type { InStep, StepContext } from "./run-step.ts";

/** The sandbox's name of the step's script; it and the secrets lie on a tmpfs. */
const script = "/run/ovenbird/script";

/**
 * Runs commands by `/bin/sh -e`, or a script by its own interpreter. Parameters are in the
 * environment under their names; secrets are files in /run/secrets while the step runs.
 */
export const runShell = async (
  context: StepContext,
  step: ShellStep,
  inStep: InStep,
): Promise<void> => {
  const { job, runFolder } = context;
  await using folder = await newFolder(join(runFolder, "ovenbird"));
  const path = join(folder.path, "script");
  if (step.script === undefined) await writeFile(path, step.inline ?? "");
  else await copyFile(join(job.bundle, step.script), path);
  await chmod(path, 0o700);
  await using _ = await giveSecrets(runFolder, context.secrets);
  await inStep(step.script === undefined ? ["/bin/sh", "-e", script] : [script], {
    workingDirectory: step.workingDirectory,
    env: { ...job.recipe.parameters, ...step.environment },
    allowed: step.allowedExitCodes,
  });
};

/** Files in /run/secrets, until the scope ends. */
export const giveSecrets = async (
  runFolder: string,
  secrets: Record<string, string>,
): Promise<AsyncDisposable> => {
  const folder = await newFolder(join(runFolder, "secrets"));
  for (const [name, value] of Object.entries(secrets)) {
    await writeFile(join(folder.path, name), value, { mode: 0o400 });
  }
  return folder;
};

/** A folder for one step. Steps may leave anything under its name, a link out of the image too. */
const newFolder = async (path: string) => {
  const remove = () => rm(path, { recursive: true, force: true });
  await remove();
  await mkdir(path, { mode: 0o700 });
  return { path, [Symbol.asyncDispose]: remove };
};
