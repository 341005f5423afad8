import type { StepNetwork } from "./network.ts";
import { attempt, type RunEnd, type RunOptions } from "./run.ts";

/** Runs programs of the image, in the image. */
export interface Sandbox {
  /** The image's root, as the host sees it. */
  root: string;
  run(argv: readonly string[], options?: SandboxOptions): Promise<RunEnd>;
}

export interface SandboxOptions extends RunOptions {
  workingDirectory?: string;
}

/**
 * What root keeps: enough to install packages and make users, as in a container; nothing that
 * mounts, makes device nodes, loads modules, traces, or sets up networks.
 */
const capabilities = [
  ...["CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID"],
  ...["CAP_SETUID", "CAP_SETPCAP", "CAP_SETFCAP", "CAP_SYS_CHROOT", "CAP_NET_BIND_SERVICE"],
  "CAP_AUDIT_WRITE",
];

/** What a step finds in its environment, unless it says otherwise. */
export const baseEnvironment = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  TERM: "dumb",
  DEBIAN_FRONTEND: "noninteractive",
  SYSTEMD_OFFLINE: "1",
};

/**
 * A sandbox by bubblewrap: the image as root file system, with PID, IPC, UTS and network
 * namespaces of its own. When the program ends, everything it left running ends with it.
 */
export const openSandbox = (root: string, network: StepNetwork): Sandbox => ({
  root,
  run: (argv, { workingDirectory = "/", env = {}, ...options } = {}) =>
    attempt(
      [
        ...network.enter,
        ...["bwrap", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev"],
        // bwrap believes /proc/sys to be read-only; for root it is not
        ...["--ro-bind", "/proc/sys", "/proc/sys", "--ro-bind", "/sys", "/sys"],
        ...["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--die-with-parent"],
        ...["--new-session", "--cap-drop", "ALL"],
        ...capabilities.flatMap((capability) => ["--cap-add", capability]),
        ...Object.entries({ ...baseEnvironment, ...env }).flatMap((one) => ["--setenv", ...one]),
        ...["--chdir", workingDirectory, "--", ...argv],
      ],
      // a step's PATH or LD_PRELOAD is not for the programs of this machine that start it
      { ...options, env: { PATH: process.env["PATH"] ?? "" } },
    ),
});
