import { existsSync, lstatSync, readlinkSync } from "node:fs";

export interface Sandboxed {
  reads: string;
  writes?: { path: string; limit: number };
  argv: readonly string[];
}

/** Bytes of address space; converting compressed disks of 4 GiB took 230 MiB of it. */
const memory = 4 * 1024 ** 3;

/**
 * Seconds: ten minutes to look at tables, and for what is written as much as 8 MiB/s take, a
 * quarter of the speed at which the slowest, a stream-optimized VMDK, was written.
 */
const processorTime = (written: number): number => 600 + Math.ceil(written / (8 * 1024 ** 2));

/**
 * The command, where it sees the system's programs, the file it reads and the one it writes, and
 * nothing else: no network, no other process, no /etc, /home, /proc or /sys. It is root without
 * its powers but one, to read a file that belongs to another user.
 */
export const sandboxed = ({ reads, writes, argv }: Sandboxed): string[] => [
  ...["prlimit", `--as=${memory}`, "--core=0", "--nofile=64"],
  ...[`--cpu=${processorTime(writes?.limit ?? 0)}`, `--fsize=${writes?.limit ?? 0}`],
  // bwrap that is killed while it sets up leaves its child waiting for it for ever; as the first
  // process of a namespace, it takes all the others with it
  ...["unshare", "--pid", "--fork", "--kill-child=KILL", "--"],
  ...["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"],
  ...["--unshare-cgroup-try", "--die-with-parent", "--new-session"],
  ...["--cap-drop", "ALL", "--cap-add", "CAP_DAC_OVERRIDE"],
  ...["--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LC_ALL", "C"],
  // each thread would reserve 64 MiB of addresses: on machines of many processors too many
  ...["--setenv", "MALLOC_ARENA_MAX", "2"],
  ...["--ro-bind", "/usr", "/usr", ...beside("/bin", "/sbin", "/lib", "/lib64")],
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
