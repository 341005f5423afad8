import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../core/agent-event.ts";
import type { ShellJob } from "../core/agent-job.ts";
import { AgentDied, NotFound } from "../core/errors.ts";
import { BakeJob } from "../core/job.ts";
import { type AgentRunner, runAgentProcess } from "./agent-process.ts";
import type { OpenBake } from "./bakes.ts";
import { isMissing } from "./missing.ts";
import { builderFolder, type Paths } from "./paths.ts";
import { readSecrets } from "./secrets.ts";

export interface ShellOrder extends Omit<AgentRunner, "lock"> {
  paths: Paths;
  /** A bake whose builder is kept. */
  open: OpenBake;
  /** A program and its arguments; the image's own shell when empty. */
  command: readonly string[];
  /** The folder from which the files of secrets are found; absent, none are given. */
  secretsFrom?: string;
  /** `TERM`, when our input and output are a terminal. */
  terminal?: string;
  events(event: AgentEvent): void;
}

/**
 * Runs a program on a kept disk, where the bake's steps ran, with our own input and output. Its
 * exit status. Throws NotFound, NotReady, and the agent's errors.
 */
export const runShell = async (order: ShellOrder): Promise<number> => {
  const { paths, open, command, secretsFrom, terminal } = order;
  const folder = builderFolder(paths, open.bake);
  const of = await jobIn(folder);
  const [path, result] = [join(folder, "shell.json"), join(folder, "shell-result.json")];
  const job: ShellJob = { kind: "shell", of, command: [...command], terminal };
  await writeFile(path, JSON.stringify(job));
  await rm(result, { force: true }); // of the shell before this one
  const secrets =
    secretsFrom === undefined ? {} : await readSecrets(of.recipe.secrets, secretsFrom);
  let group = 0;
  // the agent has no terminal of its own, so nobody else tells it
  const onResize = () => group > 0 && process.kill(-group, "SIGWINCH");
  process.on("SIGWINCH", onResize);
  try {
    const { exitStatus } = await runAgentProcess(
      { ...order, lock: open.lock.fd },
      {
        ...{ job: path, result, secrets, stdio: [0, 1, 2] },
        onEvent: order.events,
        onStart: (pid) => (group = pid),
      },
    );
    if (exitStatus === undefined) throw new AgentDied("the agent ended without a shell's status");
    return exitStatus;
  } finally {
    process.off("SIGWINCH", onResize);
  }
};

/** What the agent was told to do with that disk. Throws NotFound. */
const jobIn = async (folder: string): Promise<BakeJob> => {
  try {
    return BakeJob.parse(JSON.parse(await readFile(join(folder, "job.json"), "utf8")));
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new NotFound("no agent was at work on that builder yet; release it", { cause: error });
  }
};
