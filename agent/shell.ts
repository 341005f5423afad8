import type { ShellJob } from "../core/agent-job.ts";
import type { Channel } from "./channel.ts";
import { openDisk } from "./disk/open-disk.ts";
import { hasProgram } from "./has-program.ts";
import { lateNetwork } from "./network.ts";
import { placeSecrets } from "./steps/secrets.ts";
import { openWorkplace } from "./steps.ts";

export interface ShellOrder {
  job: ShellJob;
  secrets: Record<string, string>;
  channel: Channel;
  /** A folder on a tmpfs. */
  scratch: string;
}

/** Descriptors of the agent's that whoever started it gave it for the program. */
const stdio = [4, 5, 6];

/**
 * Runs a program on the disk that a bake's steps left, where they ran: with their view of the
 * machine, their network, assets and parameters. Its exit status. Throws UnsupportedDisk,
 * CorruptDisk, UnusablePath, CommandFailed.
 */
export const runShellJob = async (order: ShellOrder): Promise<number> => {
  const { job, secrets, channel, scratch } = order;
  await using scope = new AsyncDisposableStack();
  const network = scope.use(lateNetwork(scratch));
  const { place, environment } = await channel.step("Open the disk", async (say) => {
    const how = { check: "journal", mustGrow: false } as const;
    const disk = scope.use(await openDisk({ disk: job.of.disk, scratch, say, ...how }));
    const { root, mounts } = disk;
    const place = scope.use(await openWorkplace({ job: job.of, root, mounts, network, scratch }));
    place.sandbox.remarks.forEach(say);
    return { place, environment: await place.prepare() };
  });
  scope.use(await placeSecrets({ secrets, runFolder: place.runFolder }));
  const { terminal, of } = job;
  return await place.sandbox.talk(await programOf(job, place.sandbox.root), {
    ...{ stdio, terminal: terminal !== undefined },
    env: { ...environment, ...of.recipe.parameters, ...(terminal && { TERM: terminal }) },
  });
};

/** Bash is what a person expects; a script's commands are for the shell that steps have. */
const programOf = async ({ command, terminal }: ShellJob, root: string): Promise<string[]> => {
  if (command.length > 0) return command;
  return terminal !== undefined && (await hasProgram(root, "bash")) ? ["bash"] : ["/bin/sh"];
};
