import { chmod, copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShellStep } from "../../core/step.ts";
import type { InStep, StepContext } from "./step-context.ts";
import { newFolder, placeSecrets } from "./secrets.ts";

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
  await using scope = new AsyncDisposableStack();
  const folder = scope.use(await newFolder(join(runFolder, "ovenbird")));
  const path = join(folder.path, "script");
  if (step.script === undefined) await writeFile(path, step.inline ?? "");
  else await copyFile(join(job.bundle, step.script), path);
  await chmod(path, 0o700);
  scope.use(await placeSecrets(context));
  await inStep(step.script === undefined ? ["/bin/sh", "-e", script] : [script], {
    workingDirectory: step.workingDirectory,
    env: { ...job.recipe.parameters, ...step.environment },
    allowed: step.allowedExitCodes,
  });
};
