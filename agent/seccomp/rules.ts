import {
  allow,
  answer,
  errno,
  field,
  type Instruction,
  load,
  skipIf,
  skipUnless,
  skipUnlessAny,
} from "./bpf.ts";
import type { SystemCall } from "./system-calls.ts";

/* Numbers of errno.h and of the headers named; the same on every processor that we know. */
const EPERM = 1;
const ENOSYS = 38;
const EAFNOSUPPORT = 97;

/** What reaches the kernel itself or something that no namespace divides. */
const forbidden: readonly SystemCall[] = [
  // the kernel's log, when kernel.dmesg_restrict is 0
  "syslog",
  // keys: no namespace divides them
  ...(["add_key", "keyctl", "request_key"] as const),
  // code for the kernel, and another kernel
  ...(["bpf", "create_module", "delete_module", "finit_module", "init_module"] as const),
  ...(["kexec_file_load", "kexec_load", "reboot"] as const),
  // what the machine is at, and pages of memory handled by the program: the stuff of exploits
  ...(["lookup_dcookie", "perf_event_open", "userfaultfd", "fanotify_init"] as const),
  // bubblewrap's own first process is in sight: stopped, it keeps its step from ending
  "ptrace",
  // files by number, past every mount
  "open_by_handle_at",
  // mounts and namespaces; without capabilities they fail anyhow
  ...(["fsconfig", "fsmount", "fsopen", "fspick", "mount", "mount_setattr", "move_mount"] as const),
  ...(["open_tree", "open_tree_attr", "pivot_root", "setns", "umount", "umount2"] as const),
  // the machine's clock, names, swap, quotas, accounting, terminals and ports
  ...(["clock_settime", "clock_settime64", "settimeofday", "stime"] as const),
  ...(["sethostname", "setdomainname", "swapon", "swapoff", "quotactl", "quotactl_fd"] as const),
  ...(["acct", "vhangup", "ioperm", "iopl"] as const),
  // nothing has needed these for twenty years
  ...(["nfsservctl", "uselib", "vm86", "vm86old"] as const),
];

/** Told that the kernel has no such call, programs use what came before it. */
const unknown: readonly SystemCall[] = [
  // its flags are in memory, where no filter sees them; C libraries then call clone
  "clone3",
  ...(["io_uring_enter", "io_uring_register", "io_uring_setup"] as const),
  // hides which socket is asked for; only 32-bit programs of old C libraries make sockets so
  "socketcall",
];

/** linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const namespaces = 0x7e020000;
/** For unshare only: clone's low byte is a signal. */
const CLONE_NEWTIME = 0x80;

const refuseFlags = (flags: number): Instruction[] => [
  load(field.argument(0)),
  skipUnlessAny(flags, 1),
  answer(errno(EPERM)),
  answer(allow),
];

/** AF_UNIX, AF_INET, AF_INET6: with the network namespace, these reach no further than a step may. */
const families = [1, 2, 10] as const;
const AF_NETLINK = 16;
const NETLINK_AUDIT = 9;

/**
 * Not AF_VSOCK, which reaches the hypervisor past every namespace, nor the many families whose
 * kernel code is seldom looked at. Refused by this error, NETLINK_AUDIT looks like a kernel
 * without audit, so that PAM, shadow and OpenSSH need no CAP_AUDIT_WRITE.
 */
const socketFamilies: Instruction[] = [
  load(field.argument(0)),
  ...families.flatMap((family) => [skipUnless(family, 1), answer(allow)]),
  skipUnless(AF_NETLINK, 3),
  load(field.argument(2)),
  skipIf(NETLINK_AUDIT, 1),
  answer(allow),
  answer(errno(EAFNOSUPPORT)),
];

/**
 * asm/ioctls.h: TIOCSTI types into a terminal, TIOCLINUX pastes into the console. xfs/xfs_fs.h:
 * XFS_IOC_SWAPEXT, of 64- and 32-bit programs, exchanges what is in two files, and neither shows
 * that it changed. fs/ext4/ext4.h: EXT4_IOC_MOVE_EXT gives one file the blocks of another, and what
 * is in memory of it stays as it was, so that even who reads it is told something else.
 */
const tricks: Instruction[] = [
  load(field.argument(1)),
  ...[0x5412, 0x541c, 0xc0c0586d, 0xc0a4586d, 0xc028660f].flatMap((request) => [
    skipUnless(request, 1),
    answer(errno(EPERM)),
  ]),
  answer(allow),
];

const RLIMIT_CORE = 4;

/*
 * A limit of one byte for core dumps is the only one at which the kernel does not start the
 * machine's own handler of crashes, as root and outside of the sandbox: see enter.ts. So
 * it stays; programs that turn their core dumps off, as gpg does, are told that they did.
 */
const setCoreLimit: Instruction[] = [
  load(field.argument(0)),
  skipUnless(RLIMIT_CORE, 1),
  answer(errno(0)),
  answer(allow),
];

/** prlimit64(pid, resource, new, old): asking is allowed, setting as above. */
const setAnyLimit: Instruction[] = [
  load(field.argument(1)),
  skipIf(RLIMIT_CORE, 1),
  answer(allow),
  load(field.argument(2)),
  skipUnless(0, 3),
  load(field.argumentHigh(2)),
  skipUnless(0, 1),
  answer(allow),
  // the old value, when asked for in the same call, could only be made up
  load(field.argument(3)),
  skipUnless(0, 3),
  load(field.argumentHigh(3)),
  skipUnless(0, 1),
  answer(errno(0)),
  answer(errno(EPERM)),
];

/**
 * A disk that is being baked is worth nothing until the bake ends, which writes all of it; until then
 * dpkg and databases only wait, several times a package. They are told that it was done.
 */
const durable: readonly SystemCall[] = [
  ...(["fdatasync", "fsync", "msync", "sync", "sync_file_range", "syncfs"] as const),
];

export interface Rule {
  call: SystemCall;
  /** Always ends in an answer. */
  does: readonly Instruction[];
}

/** What steps may not do; every other call is allowed. */
export const rules: readonly Rule[] = [
  ...forbidden.map((call) => ({ call, does: [answer(errno(EPERM))] })),
  ...unknown.map((call) => ({ call, does: [answer(errno(ENOSYS))] })),
  ...durable.map((call) => ({ call, does: [answer(errno(0))] })),
  { call: "clone", does: refuseFlags(namespaces) },
  { call: "unshare", does: refuseFlags(namespaces | CLONE_NEWTIME) },
  { call: "socket", does: socketFamilies },
  { call: "socketpair", does: socketFamilies },
  { call: "ioctl", does: tricks },
  { call: "setrlimit", does: setCoreLimit },
  { call: "prlimit64", does: setAnyLimit },
];

/** For programs of another processor's making. */
export const foreign = errno(ENOSYS);
