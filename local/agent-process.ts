import { readFile } from "node:fs/promises";
import { AgentEvent } from "../core/agent-event.ts";
import { agentError } from "../core/agent-error.ts";
import { agentFlags } from "../core/agent-flags.ts";
import { AgentDied } from "../core/errors.ts";
import { AgentResult } from "../core/job.ts";
import { runChild } from "./child.ts";
import { isMissing } from "./missing.ts";

/** How agents are run on this machine. */
export interface AgentRunner {
  /** The agent's program, for this Node. */
  program: string;
  /** The bake's lock: the agent holds it too, so that a bake is dead only when its agent is. */
  lock: number;
  signal: AbortSignal;
}

export interface AgentCall {
  /** Paths of the job file and of the result that the agent will write. */
  job: string;
  result: string;
  /** The job file is read when they are known. */
  secrets: Record<string, string> | Promise<Record<string, string>>;
  onEvent(event: AgentEvent): void;
  /** Descriptors for the program of a shell job: its standard input, output and error. */
  stdio?: readonly number[];
  onStart?(pid: number): void;
}

export type AgentSuccess = Extract<AgentResult, { status: "succeeded" }>;

/**
 * Runs the agent in a mount and a PID namespace of its own, so that no mount, loop device or
 * process of it is left when it has ended, in whatever way. Throws the error that the agent's
 * result names, or AgentDied when there is no result, or one that is none.
 */
export const runAgentProcess = async (
  runner: AgentRunner,
  call: AgentCall,
): Promise<AgentSuccess> => {
  const end = await runChild({
    argv: [
      ...["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"],
      ...[process.execPath, ...agentFlags, runner.program, call.job, call.result],
    ],
    input: Promise.resolve(call.secrets).then((secrets) => JSON.stringify(secrets)),
    ...{ fd: runner.lock, moreFds: call.stdio, onStart: call.onStart },
    signal: runner.signal,
    onLine: (line) => call.onEvent(AgentEvent.parse(JSON.parse(line))),
  });
  const result = await readResult(call.result);
  if (result === undefined) throw new AgentDied(death(end.status, end.complaint));
  if (result.status === "failed") throw agentError(result.error, result.message);
  return result;
};

const readResult = async (path: string): Promise<AgentResult | undefined> => {
  try {
    return AgentResult.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new AgentDied(`what the agent wrote to ${path} is not a result`, { cause: error });
  }
};

const death = (status: number | null, complaint: string): string => {
  const how = status === null ? "was killed" : `ended with status ${status}`;
  return `the agent ${how} before it had a result${complaint === "" ? "" : `:\n${complaint}`}`;
};
