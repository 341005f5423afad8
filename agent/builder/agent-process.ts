import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";
import { agentFlags } from "../../core/agent-flags.ts";
import { splitLines } from "../../core/lines.ts";

export interface AgentProcessOrder {
  /** Paths of the job file and of the result that the agent will write. */
  job: string;
  result: string;
  secrets: Record<string, string>;
  /** The bake's lock: the agent holds it too. */
  lock: number;
  onLine(line: string): void;
}

/** The agent's program; this file's own ending tells whether it was compiled. */
const program = join(import.meta.dirname, `../main${extname(import.meta.filename)}`);

/** Longer than any event of the agent's, which cuts its own lines well below. */
const lineLimit = 256 * 1024;

/** Characters of its standard error that are kept. */
const complaintLimit = 8192;

/**
 * Runs the agent in a mount and a PID namespace of its own, so that no mount, loop device or
 * process of it is left when it has ended; it does not outlive this process. Answers how it ended,
 * which decides nothing: its result file does.
 */
export const runAgentProcess = async (order: AgentProcessOrder): Promise<string> => {
  const child = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "KILL", "--", "unshare", "--mount", "--pid", "--fork"],
      ...["--kill-child=KILL", "--mount-proc", process.execPath, ...agentFlags],
      ...[program, order.job, order.result],
    ],
    { stdio: ["pipe", "pipe", "pipe", order.lock] },
  );
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("pipes were asked for");
  // it may end before it read its input; its end tells
  stdin.on("error", () => undefined).end(JSON.stringify(order.secrets));
  const lines = splitLines(lineLimit, order.onLine);
  stdout.on("data", lines.write).on("end", lines.end);
  let complaint = "";
  stderr.on("data", (text: Buffer) => {
    complaint = (complaint + text.toString("utf8")).slice(-complaintLimit);
  });
  const [status, signal] = (await once(child, "close")) as [number | null, string | null];
  const how = status === null ? `was killed by ${signal}` : `ended with status ${status}`;
  return `the agent ${how}${complaint === "" ? "" : ` (${complaint.trim()})`}`;
};
