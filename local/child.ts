import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { splitLines } from "../core/lines.ts";

export interface ChildOrder {
  argv: readonly string[];
  /** Written to its standard input once it is known; that is then closed. */
  input?: string | Promise<string>;
  /** A descriptor it inherits as 3. */
  fd?: number;
  /** Descriptors it inherits after that one, as 4 and so on. */
  moreFds?: readonly number[];
  /** Told its process id, which is its process group's, too. */
  onStart?(pid: number): void;
  signal: AbortSignal;
  onLine(line: string): void;
}

export interface ChildEnd {
  status: number | null;
  /** The last of its standard error. */
  complaint: string;
}

const complaintLimit = 8192;

/** Longer than any event of the agent's, which cuts its own lines well below. */
const lineLimit = 256 * 1024;

/**
 * What `setpriv` is told. The kernel sends the signal for a death after it was asked to: when
 * this process dies before that, the child finds that its parent is another, and ends by itself.
 */
const dieWithUs = [
  ...["--pdeathsig", "KILL", "--"],
  ...["sh", "-c", '[ "$PPID" = "$0" ] && exec "$@"', String(process.pid)],
];

const pipes = ["pipe", "pipe", "pipe"] as const;

/**
 * Runs a program that cannot outlive us: the kernel kills it when this process dies, and the
 * signal kills it when the bake is stopped. Its standard output is read line by line.
 */
export const runChild = async (order: ChildOrder): Promise<ChildEnd> => {
  const child = spawn("setpriv", [...dieWithUs, ...order.argv], {
    detached: true, // a Ctrl-C at the terminal is for us to pass on
    stdio: [...pipes, ...(order.fd === undefined ? [] : [order.fd]), ...(order.moreFds ?? [])],
  });
  if (child.pid !== undefined) order.onStart?.(child.pid);
  const kill = () => killGroup(child);
  order.signal.addEventListener("abort", kill, { once: true });
  if (order.signal.aborted) kill();
  try {
    return await outcome(child, order);
  } finally {
    order.signal.removeEventListener("abort", kill);
  }
};

/**
 * Its whole group: a program that has just forked may be dead before its child asked the kernel to
 * die with it, as unshare(1) does with `--kill-child`, and that child would live on.
 */
const killGroup = ({ pid, exitCode, signalCode }: ChildProcess): void => {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // all of it has ended
  }
};

/** A program whose input cannot be had waits for it until the signal ends it. */
const give = async (stdin: Writable, input: ChildOrder["input"] = ""): Promise<void> => {
  try {
    stdin.end(await input);
  } catch {
    // whoever was to have it tells
  }
};

const outcome = async (child: ChildProcess, order: ChildOrder): Promise<ChildEnd> => {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("pipes were asked for");
  stdin.on("error", () => undefined); // it may end before it read its input; its status tells
  void give(stdin, order.input);
  let complaint = "";
  stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-complaintLimit);
  });
  let misheard: { error: unknown } | undefined;
  const lines = splitLines(lineLimit, (line) => {
    if (misheard !== undefined) return;
    try {
      order.onLine(line);
    } catch (error) {
      misheard = { error }; // thrown here, in an event, it would end this process
      killGroup(child);
    }
  });
  stdout.on("data", lines.write).on("end", lines.end);
  const [status] = (await once(child, "close")) as [number | null];
  if (misheard !== undefined) throw misheard.error;
  return { status, complaint };
};
