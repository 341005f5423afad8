import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ShellStep } from "../../core/job.ts";
import type { InStep, StepContext } from "./run-step.ts";

/** The sandbox's names of the files a shell step needs; all lie on a tmpfs. */
const script = "/run/ovenbird/script";
const secretFolder = "/run/secrets";

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
  const path = join(runFolder, "script");
  if (step.script === undefined) await writeFile(path, step.inline ?? "");
  else await copyFile(join(job.bundle, step.script), path);
  await chmod(path, 0o700);
  await using _ = await deliverSecrets(context);
  try {
    await inStep(step.script === undefined ? ["/bin/sh", "-e", script] : [script], {
      workingDirectory: step.workingDirectory,
      env: { ...job.recipe.parameters, ...step.environment },
      allowed: step.allowedExitCodes,
    });
  } finally {
    await rm(path);
  }
};

const deliverSecrets = async ({ secrets, sandbox }: StepContext): Promise<AsyncDisposable> => {
  const folder = join(sandbox.root, secretFolder);
  await mkdir(folder, { mode: 0o700 });
  for (const [name, value] of Object.entries(secrets)) {
    await writeFile(join(folder, name), value, { mode: 0o400 });
  }
  return { [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
};
