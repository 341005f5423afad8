import { StepFailed, StepTimedOut } from "../../core/errors.ts";
import type { HostCommand } from "../../core/host.ts";
import type { Channel } from "../channel.ts";
import { attempt, type RunEnd } from "../run.ts";
import { detachLeft, loopsOf } from "./left-loops.ts";

export interface HostCommands {
  key: "before_mount" | "after_mount";
  commands: readonly HostCommand[];
  disk: string;
  /** Where the image's root is mounted; absent before it is. */
  root?: string;
  parameters: Record<string, string>;
  channel: Channel;
}

const titles = { before_mount: "Before mounting", after_mount: "After mounting" };

/** Runs commands of the recipe on the builder, as root, in order. Throws StepFailed, StepTimedOut. */
export const runHostCommands = async (order: HostCommands): Promise<void> => {
  const { key, commands, channel, disk } = order;
  for (const [index, command] of commands.entries()) {
    await channel.step(`${titles[key]}: ${command.name}`, async (say) => {
      const before = await loopsOf(disk);
      const end = await attempt(enter(command.command), {
        ...{ env: environmentOf(order), timeout: command.timeout, onLine: say },
      });
      (await detachLeft(disk, before)).forEach(say);
      judge(`host.${key} ${index + 1} "${command.name}"`, command, end);
    });
  }
};

/**
 * In a PID and a mount namespace of its own: when the command ends, so does what it left running
 * and what it mounted, and the image can be unmounted. The outer shell is the namespace's first
 * process, which signals do not end as they end others.
 */
const enter = (command: string): string[] => [
  ...["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"],
  ...["sh", "-c", 'cd /; sh -e -c "$1"; exit "$?"', "sh", command],
];

/** Not this process's own: it may be a person's, and the bake is to be the same on every builder. */
const environmentOf = ({ disk, root, parameters }: HostCommands): Record<string, string> => ({
  HOME: "/root",
  LANG: "C.UTF-8",
  TERM: "dumb",
  ...(process.env["TMPDIR"] !== undefined && { TMPDIR: process.env["TMPDIR"] }),
  ...parameters,
  // by which the first of them, our own, are found too
  PATH: process.env["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  OVENBIRD_DISK: disk,
  ...(root !== undefined && { OVENBIRD_ROOT: root }),
});

const judge = (title: string, { name, command, timeout }: HostCommand, end: RunEnd): void => {
  if (!end.timedOut && end.status === 0) return;
  const shown = command.trim() === name ? "" : `: ${command.slice(0, 200)}`;
  const how = end.timedOut ? `did not end in ${timeout} s` : `ended with status ${end.status}`;
  const last = end.tail.length > 0 ? "; its last lines:" : "";
  const message = [`${title}${shown} ${how}${last}`, ...end.tail].join("\n");
  throw end.timedOut ? new StepTimedOut(message) : new StepFailed(message);
};
