import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { NotReady } from "../../core/errors.ts";
import { installCommand } from "../../core/requirements/install-command.ts";
import { packageManager } from "./package-manager.ts";
import type { Requirement } from "../../core/requirements/requirement.ts";
import { withSystemFolders } from "./search-path.ts";

/** Another apt at work, a second bake's say, is waited for this long. Seconds. */
const lockTimeout = 300;

/** Installs the packages that bring what is missing. Throws NotReady. */
export const install = async (missing: readonly Requirement[]): Promise<void> => {
  const manager = packageManager();
  if (manager === undefined) throw new NotReady("no package manager that Ovenbird knows is here");
  const command = installCommand(missing, manager);
  const done = manager === "apt" ? await installByApt(command) : await succeeds(command);
  if (!done) throw new NotReady(`\`${command.join(" ")}\` failed: its messages are above`);
};

/** Fresh lists are fetched when there are none, and when those there do not serve. */
const installByApt = async ([program = "", ...rest]: string[]): Promise<boolean> => {
  const install = [program, "-o", `DPkg::Lock::Timeout=${lockTimeout}`, ...rest];
  if ((await hasLists()) && (await succeeds(install))) return true;
  // Its own status tells nothing: it succeeds with lists missing, and fails over one of many.
  await succeeds([program, "update"]);
  return succeeds(install);
};

const hasLists = async (): Promise<boolean> => {
  const entries = await readdir("/var/lib/apt/lists").catch(() => []);
  return entries.some((name) => /_(?:In)?Release$/.test(name));
};

/** Whether the command ended well. Its messages go to stderr, since stdout may be a program's. */
const succeeds = async ([program = "", ...rest]: string[]): Promise<boolean> => {
  const child = spawn(program, rest, {
    stdio: ["ignore", 2, 2],
    env: {
      ...process.env,
      PATH: withSystemFolders(process.env["PATH"]),
      DEBIAN_FRONTEND: "noninteractive",
      NEEDRESTART_SUSPEND: "1", // Ubuntu's hook restarts services otherwise
    },
  });
  await once(child, "exit");
  return child.exitCode === 0;
};
