import { statfs } from "node:fs/promises";
import { StepFailed, StepTimedOut, UnusablePath } from "../../core/errors.ts";
import type { Step } from "../../core/step.ts";
import { writeFiles } from "./files.ts";
import { runPlaybook } from "./ansible.ts";
import { changePackages } from "./packages.ts";
import { setServices } from "./services.ts";
import { runShell } from "./shell.ts";
import type { InStep, StepContext } from "./step-context.ts";
import { makeUsers } from "./users.ts";

/** Runs one step of the recipe. Throws StepFailed, StepTimedOut, UnusablePath. */
export const runStep = async (context: StepContext, step: Step, number: number): Promise<void> => {
  const title = `step ${number} "${step.name}"`;
  try {
    await carryOut(context, step, programsOf(context, step, title));
  } catch (error) {
    throw await withTitle(context, title, error);
  }
};

const carryOut = (context: StepContext, step: Step, inStep: InStep): Promise<void> => {
  switch (step.kind) {
    case "shell":
      return runShell(context, step, inStep);
    case "packages":
      return changePackages(context, step, inStep);
    case "files":
      return writeFiles(context, step);
    case "services":
      return setServices(context, step, inStep);
    case "users":
      return makeUsers(context, step, inStep);
    case "ansible":
      return runPlaybook(context, step, inStep);
  }
};

/** Whatever went wrong, the operator sees in which step. */
const withTitle = async (context: StepContext, title: string, error: unknown): Promise<unknown> => {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith(title)) return error;
  const options = { cause: error };
  if (error instanceof UnusablePath) return new UnusablePath(`${title}: ${message}`, options);
  return new StepFailed([`${title}: ${message}`, ...(await fullDisk(context))].join("\n"), options);
};

const programsOf = (context: StepContext, step: Step, title: string): InStep => {
  const end = Date.now() + step.timeout * 1000;
  return async (argv, { allowed = [0], env = {}, failure, onLine, ...options } = {}) => {
    const left = Math.max((end - Date.now()) / 1000, 0.001);
    const ran = await context.sandbox.run(argv, {
      ...options,
      env: { ...context.environment, ...env },
      timeout: left,
      onLine(line) {
        context.say(line);
        onLine?.(line);
      },
    });
    if (ran.timedOut) {
      throw new StepTimedOut(
        [`${title} did not end in ${step.timeout} s; its last lines:`, ...ran.tail].join("\n"),
      );
    }
    if (allowed.includes(ran.status)) return;
    const how = failure?.() ?? `${shown(argv)} ended with status ${ran.status}`;
    const what = `${title}: ${how}`;
    const why = [...(await fullDisk(context)), ...ran.tail];
    throw new StepFailed(
      [`${what}${why.length > 0 ? "; its last lines:" : ""}`, ...why].join("\n"),
    );
  };
};

const shown = (argv: readonly string[]): string => argv.join(" ").slice(0, 200);

/** A disk this full is why, whatever the program said. */
const almostNothing = 1024 ** 2;

const fullDisk = async ({ sandbox, job }: StepContext): Promise<string[]> => {
  const image = await statfs(sandbox.root);
  if (image.bavail * image.bsize < almostNothing) {
    const size = job.rootVolumeSize;
    return [`the image's disk is full; root_volume_size is ${size} GiB, give it more`];
  }
  const host = await statfs(job.disk);
  if (host.bavail * host.bsize < almostNothing) {
    return [`this machine's disk is full: no space is left for ${job.disk}`];
  }
  return [];
};
