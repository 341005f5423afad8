import { lstat, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandFailed, UnusablePath } from "../core/errors.ts";
import { openCgroup } from "./cgroup.ts";
import { mounted } from "./mount.ts";
import type { LateNetwork } from "./network.ts";
import { attempt, type RunEnd, type RunOptions } from "./run.ts";
import { capabilities } from "./sandbox/capabilities.ts";
import { converse, onOwnTerminal } from "./sandbox/converse.ts";
import { enter, type Output } from "./sandbox/enter.ts";
import { openKernelFiles } from "./sandbox/kernel-files.ts";
import { seccompFilter } from "./seccomp.ts";
import { useAll } from "./use-all.ts";

/** Runs programs of the image, in the image. */
export interface Sandbox extends AsyncDisposable {
  /** The image's root, as the host sees it. */
  root: string;
  /**
   * Runs a program until it and all that it started have ended. Throws CommandFailed when it could
   * not be started, UnusablePath when the image has no place for /proc, /sys or /dev.
   */
  run(argv: readonly string[], options?: SandboxOptions): Promise<RunEnd>;
}

/** A sandbox that is made, and that somebody can look into. */
export interface OpenSandbox extends Sandbox {
  /** What this machine cannot limit, in sentences for the operator; none when all is well. */
  remarks: readonly string[];
  /** Runs a program for somebody to talk to; its exit status. Throws as `run` does. */
  talk(argv: readonly string[], options: TalkOptions): Promise<number>;
}

export interface TalkOptions {
  /** Descriptors of this process for its input, output and complaints. */
  stdio: readonly number[];
  /** Whether they are a terminal: the program is then given one of its own. */
  terminal: boolean;
  env: Record<string, string>;
}

export interface SandboxOptions extends RunOptions {
  workingDirectory?: string;
  /**
   * bubblewrap's options that fill a root of the program's own, for a program of this machine that
   * works on the image: the image is at `imageAt` then. Absent, the image is the root.
   */
  around?: readonly string[];
  /** The image cannot be written to, but for these folders of its, over which there is memory. */
  readOnly?: readonly string[];
}

/** Where a program with a root of its own finds the image. */
export const imageAt = "/image";

export interface SandboxOrder {
  /** The image's root, a mount in the agent's own mount namespace. */
  root: string;
  network: LateNetwork;
  /** A folder on a tmpfs, for the sandbox's own files. */
  scratch: string;
  /** What the image's programs see as the kernel's command line; nothing when absent. */
  cmdline?: string;
  /** Paths in /dev that are there, and behind which is nothing: of the image's own disks. */
  deviceNames?: readonly string[];
}

/** What a step finds in its environment, unless it says otherwise. */
export const baseEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  TERM: "dumb",
  DEBIAN_FRONTEND: "noninteractive",
  SYSTEMD_OFFLINE: "1",
};

/** Of this machine's memory, what /dev/shm may take; as large as Docker's on a machine of 1 GB. */
const sharedMemory = { source: "tmpfs", type: "tmpfs", options: "mode=1777,size=6%" };

/** Only options that bubblewrap 0.4 of 2019 knows, older than any builder's. */
const isolated = [
  ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
  // a name that resolves in every image, and that says nothing of this machine when it is kept
  ...["--hostname", "localhost", "--die-with-parent"],
  ...["--cap-drop", "ALL", ...capabilities.flatMap((capability) => ["--cap-add", capability])],
  // which bash adds for its own programs
  ...["--unsetenv", "SHLVL"],
];

/**
 * A sandbox by bubblewrap: the image as root file system, with PID, IPC, UTS, cgroup and network
 * namespaces, a /proc, /sys and /dev of its own, few capabilities, a filter of system calls, and a
 * limit of processes and memory.
 */
export const openSandbox = async (order: SandboxOrder) => {
  const { root, scratch, cmdline = "", deviceNames = [] } = order;
  const network = await order.network.open();
  await using held = new AsyncDisposableStack();
  const folder = await mkdtemp(join(scratch, "sandbox-"));
  held.defer(() => rm(folder, { recursive: true }));
  const filter = join(folder, "filter");
  await writeFile(filter, seccompFilter(process.arch));
  const [shm, kernel, cgroup] = await useAll(held, [
    mounted(join(folder, "shm"), sharedMemory),
    openKernelFiles(folder, network, cmdline),
    openCgroup(),
  ]);
  const system = (at: string) => [
    ...[...kernel.options(at), "--dev", join(at, "/dev")],
    ...deviceNames.flatMap((name) => ["--symlink", "/dev/null", join(at, name)]),
    // bubblewrap's own is root's alone and as large as half the memory
    ...["--bind", shm.path, join(at, "/dev/shm"), "--remount-ro", join(at, "/dev")],
  ];
  const image = (at: string) => ["--bind", root, at, ...system(at)];
  const fixed = (folders: readonly string[]) => [
    ...["--ro-bind", root, "/", ...folders.flatMap((folder) => ["--tmpfs", folder])],
    ...system("/"),
  ];
  const own = (readOnly: SandboxOptions["readOnly"]) =>
    readOnly === undefined ? image("/") : fixed(readOnly);
  const view = ({ around, readOnly }: Pick<SandboxOptions, "around" | "readOnly">) => [
    ...(around === undefined ? own(readOnly) : [...around, ...system("/"), ...image(imageAt)]),
    // a root of a program's own holds nothing that is kept
    ...(around === undefined ? [] : ["--remount-ro", "/"]),
    ...isolated,
  ];
  let runs = 0;
  const started = async (
    { argv, output, workingDirectory, env, around, readOnly }: Start,
    carryOut: (command: string[], env: Record<string, string>) => Promise<RunEnd>,
  ): Promise<RunEnd> => {
    await checkMountPoints(root);
    await using own = await newFolder(join(folder, `run-${++runs}`));
    const [settings, ended] = [join(own.path, "options"), join(own.path, "ended")];
    const variables = { ...baseEnvironment, ...env };
    // a terminal of its own is worth nothing without the session that it belongs to
    const session = output === "terminal" ? [] : ["--new-session"];
    const options = [...view({ around, readOnly }), ...session];
    await writeFile(settings, optionsOf(options, workingDirectory, variables));
    const command = enter({
      ...{ options: settings, filter, ended, output, argv },
      ...{ cgroups: cgroup.enter, network: network.enter },
    });
    // a step's PATH or LD_PRELOAD is not for the programs of this machine that start it
    const end = await carryOut(command, { PATH: process.env["PATH"] ?? "" });
    const told = await readFile(ended, "utf8").catch(() => "");
    if (end.timedOut || told.includes('"exit-code"')) return end;
    throw notRun(argv, end);
  };
  const resources = held.move();
  const sandbox: OpenSandbox = {
    ...{ root, remarks: cgroup.remarks },
    run: (argv, { workingDirectory = "/", env = {}, around, readOnly, ...options } = {}) =>
      started(
        { argv, output: "together", workingDirectory, env, around, readOnly },
        (command, env) => attempt(command, { ...options, env }),
      ),
    async talk(argv, { env, stdio, terminal }) {
      const output = terminal ? "terminal" : "apart";
      const start = { argv, output, workingDirectory: "/", env } as const;
      const { status } = await started(start, (command, env) =>
        converse(terminal ? onOwnTerminal(command) : command, { env, stdio }),
      );
      return status;
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
  return sandbox;
};

interface Start {
  argv: readonly string[];
  around?: SandboxOptions["around"];
  readOnly?: SandboxOptions["readOnly"];
  output: Output;
  workingDirectory: string;
  env: Record<string, string>;
}

/** As bubblewrap's `--args` reads them. */
const optionsOf = (
  view: readonly string[],
  workingDirectory: string,
  variables: Record<string, string>,
): string => {
  const environment = Object.entries(variables).flatMap((variable) => ["--setenv", ...variable]);
  const options = [...view, "--chdir", workingDirectory, ...environment];
  return options.map((option) => `${option}\0`).join("");
};

/** bubblewrap's own failures have statuses that a program could have, so that a step allows them. */
const notRun = (argv: readonly string[], { status, tail }: RunEnd): CommandFailed => {
  const what = `${String(argv[0])} could not be run in the image (status ${status})`;
  return new CommandFailed([what, ...tail].join("\n"));
};

/**
 * What bubblewrap mounts on must be folders: it follows links, and would do so with the host's
 * files still in sight. No step can change them later: they are mount points in its namespace.
 */
const checkMountPoints = async (root: string): Promise<void> => {
  for (const path of ["/proc", "/sys", "/dev"]) {
    const there = await lstat(join(root, path)).catch(() => undefined);
    if (there === undefined || there.isDirectory()) continue;
    throw new UnusablePath(`the image's ${path} is not a folder; an image needs one there`);
  }
};

const newFolder = async (path: string) => {
  await mkdir(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
};
