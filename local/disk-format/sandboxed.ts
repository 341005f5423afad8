import { existsSync, lstatSync, readlinkSync } from "node:fs";

export interface Sandboxed {
  reads: string;
  writes?: { path: string; limit: number };
  argv: readonly string[];
}

/** Bytes of address space. The largest of disks that were tried took a quarter of it. */
const memory = 2 * 1024 ** 3;

/** Seconds: a disk of 200 GiB unpacked at the 60 MiB/s that zlib does here. */
const processorTime = 3600;

/**
 * The command, where it sees the system's programs, the file it reads and the one it writes, and
 * nothing else: no network, no other process, no /etc, /home, /proc or /sys. It is root without
 * its powers but one, to read a file that belongs to another user.
 */
export const sandboxed = ({ reads, writes, argv }: Sandboxed): string[] => [
  ...["prlimit", `--as=${memory}`, `--cpu=${processorTime}`, "--core=0", "--nofile=64"],
  `--fsize=${writes?.limit ?? 0}`,
  ...["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"],
  ...["--unshare-cgroup-try", "--die-with-parent", "--new-session"],
  ...["--cap-drop", "ALL", "--cap-add", "CAP_DAC_OVERRIDE"],
  ...["--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LC_ALL", "C"],
  ...["--ro-bind", "/usr", "/usr", ...beside("/bin", "/lib", "/lib64")],
  ...["--dev-bind", "/dev/null", "/dev/null"], // it tries file locks on it
  ...["--ro-bind", reads, "/in/disk"],
  ...(writes === undefined ? [] : ["--bind", writes.path, "/out/disk"]),
  ...["--remount-ro", "/", "--chdir", "/", "--", ...argv],
];

/** Folders that most distributions have in /usr now, and link to. */
const beside = (...folders: string[]): string[] =>
  folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      lstatSync(folder).isSymbolicLink()
        ? ["--symlink", readlinkSync(folder), folder]
        : ["--ro-bind", folder, folder],
    );
