import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Process {
  pid: number;
  /** Its arguments, with a space between each two. */
  line: string;
}

/** Processes of the whole machine whose command line contains a text. */
export const processesWith = (text: string): Process[] =>
  processes().filter(({ line }) => line.includes(text));

/**
 * Processes that name a folder in their command line or their environment, or that work in it:
 * a command that was started for the folder says so in its environment, and so does what it
 * started, whatever that is about.
 */
export const processesOf = (folder: string): Process[] =>
  processes().filter(
    ({ pid, line }) =>
      line.includes(folder) ||
      content(`/proc/${pid}/environ`).includes(folder) ||
      workingFolder(pid).startsWith(folder),
  );

const processes = (): Process[] =>
  readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid)
    .map((pid) => ({ pid, line: content(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }));

const content = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // the process ended
  }
};

const workingFolder = (pid: number): string => {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return "";
  }
};

/** Ends a process that has to be there: 0 in its place would be the group of the tests themselves. */
export const killHard = (pid: number | undefined): void => {
  if (pid === undefined) throw new Error("the process that was to be killed is not there");
  process.kill(pid, "SIGKILL");
};

/** MiB that a process had in memory at its largest. */
export const peakMemory = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1]) / 1024;
};

/** The agent that works on a folder: the program itself, not what started it. */
export const agentOf = (folder: string): Process | undefined =>
  processesWith(folder).find(({ line }) =>
    /^\S*node\S* (?:--\S+ )*\S*agent\/main\.[jt]s /.test(line),
  );
