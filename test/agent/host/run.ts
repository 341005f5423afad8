import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { AgentEvent } from "../../../core/agent-event.ts";
import type { HostAccess, HostCommand } from "../../../core/host.ts";
import { type AgentEnd, type AgentRun, runAgent } from "../../support/agent-run.ts";
import { lookInside } from "../../support/look-inside.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

export interface HostRun extends Omit<AgentRun, "folder" | "steps" | "onEvent"> {
  steps?: AgentRun["steps"];
  /** `host` is an empty folder of this machine. */
  asks(host: string): Partial<HostAccess> | Promise<Partial<HostAccess>>;
  /** `folder` tells its processes from those of others. */
  onEvent?(event: AgentEvent, folder: string): void;
  /** Shell commands, in the image that the bake finished, and what of it is on `$DISK`. */
  look?: string;
  /** What is to be seen of this machine's folder afterwards. */
  after?(host: string, ran: AgentEnd): Promise<unknown>;
}

export interface HostEnd extends AgentEnd {
  /** The folder of this machine, which is gone by now. */
  host: string;
  /** Lines of what `look` printed. */
  seen: string[];
}

/** Bakes a small image with a recipe that reaches this machine. */
export const runOnHost = async (order: HostRun): Promise<HostEnd> => {
  const { asks, look, after, onEvent, steps = [], ...rest } = order;
  await using folder = await temporaryFolder();
  const host = join(folder.path, "host");
  await mkdir(host);
  const nothing = { copyFiles: [], mounts: [], beforeMount: [], afterMount: [] };
  const recipe = { ...rest.recipe, host: { ...nothing, ...(await asks(host)) } };
  const ran = await runAgent({
    ...{ ...rest, folder: folder.path, steps, recipe },
    onEvent: (event) => onEvent?.(event, folder.path),
  });
  const looks = look !== undefined && ran.error === undefined;
  const text = looks ? await lookInside(ran.disk, `cd "$ROOT"\n${look}\ncd /`) : "";
  await after?.(host, ran);
  return { ...ran, host, seen: text.split("\n").slice(0, -1) };
};

export const command = (text: string, more: Partial<HostCommand> = {}): HostCommand => ({
  ...{ name: "command", command: text, timeout: 30 },
  ...more,
});
