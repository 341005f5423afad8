import type { Argv } from "../run.ts";

export interface Entry {
  /** Files: bubblewrap's options, the filter of system calls, and where it says how it ended. */
  options: string;
  filter: string;
  ended: string;
  /** `cgroup.procs` files of the control groups that limit what runs. */
  cgroups: readonly string[];
  /** Put before a program, this runs it in the network. */
  network: readonly string[];
  output: Output;
  argv: Argv;
}

/**
 * Where a program's output and complaints go: together to our output, or apart, as they are ours;
 * or both to the terminal that we are on.
 */
export type Output = "together" | "apart" | "terminal";

/**
 * Limits of each process: `--core=1` because the kernel starts its handler of crashes
 * (kernel.core_pattern) at every limit but one byte: as root, on this machine, fed by the program
 * that crashed. It counts bytes; a shell's `ulimit -c` counts blocks.
 */
const limits = ["prlimit", "--core=1:1", "--rtprio=0:0"];

/**
 * In bash: dash closes no descriptor above 9, and knows no pipefail. A descriptor that the agent
 * was given by whoever started it, such as its lock, is not for the image's programs. What they
 * print goes through a real pipe: Node gives sockets, and those cannot be opened as /dev/stderr,
 * and a descriptor of somebody's terminal could be read from. bubblewrap's options come by a descriptor because the image sees its command line.
 */
const script = `
set -o pipefail
cd /
unset OLDPWD
for fd in /proc/self/fd/*; do
  fd=\${fd##*/}
  if ((fd > 2)); then exec {fd}>&-; fi
done
options=$1 filter=$2 ended=$3 output=$4 count=$5
shift 5
run() {
  for cgroup in "\${@:1:count}"; do echo 0 > "$cgroup" || exit; done
  shift "$count"
  # as systemd has it: some programs close every descriptor that they could have
  ulimit -Sn 1024
  # when memory is short, what runs in the image goes first
  echo 500 > /proc/self/oom_score_adj
  exec "$@" 3< "$options" 4< "$filter" 5> "$ended"
}
case $output in
  together) run "$@" 2>&1 | cat ;;
  apart) { run "$@" 2>&1 >&8 8>&- | cat >&2 8>&-; } 8>&1 | cat ;;
  terminal) run "$@" ;;
esac
`;

/**
 * A command that runs a program by bubblewrap. bubblewrap has another PID namespace around it, and
 * is its first process, because it ends with its program, before what the program left running
 * does: when this command has ended, nothing that it started is left, not even a zombie. That
 * namespace needs its own /proc, where bubblewrap looks for its child by number. Should bash be
 * killed, the kernel kills the rest.
 */
export const enter = ({ network, argv, ...entry }: Entry): string[] => [
  ...["bash", "-c", script, "enter", entry.options, entry.filter, entry.ended, entry.output],
  ...[String(entry.cgroups.length), ...entry.cgroups],
  ...["setpriv", "--pdeathsig", "KILL", "--", ...limits, "--", ...network],
  ...["unshare", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"],
  ...["bwrap", "--args", "3", "--seccomp", "4", "--json-status-fd", "5", "--", ...argv],
];
