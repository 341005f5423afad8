import { readdirSync, readFileSync } from "node:fs";

export interface Process {
  pid: number;
  /** Its arguments, with a space between each two. */
  line: string;
}

/** Processes of the whole machine whose command line contains a text. */
export const processesWith = (text: string): Process[] =>
  readdirSync("/proc")
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => ({ pid: Number(pid), line: commandLine(pid) }))
    .filter(({ pid, line }) => pid !== process.pid && line.includes(text));

const commandLine = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return ""; // it ended
  }
};

/** MiB that a process had in memory at its largest. */
export const peakMemory = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1]) / 1024;
};

/** The agent that works on a folder: the program itself, not what started it. */
export const agentOf = (folder: string): Process | undefined =>
  processesWith(folder).find(({ line }) => /^\S*node\S* \S*agent\/main\.ts /.test(line));
