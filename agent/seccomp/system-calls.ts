/** What a processor's programs may be made for; the index into the numbers below. */
export const abis = ["x86_64", "i386", "arm64"] as const;
export type Abi = (typeof abis)[number];

/** `AUDIT_ARCH_*` of linux/audit.h. */
export const auditArchitecture: Record<Abi, number> = {
  x86_64: 0xc000003e,
  i386: 0x40000003,
  arm64: 0xc00000b7,
};

/** Set in the numbers of x32, which shares the audit architecture of x86_64. */
export const x32Bit = 0x40000000;

/**
 * Numbers of the system calls that the filter knows, in the order of `abis`; null where there is
 * no such call. From the kernel's asm/unistd_64.h, asm/unistd_32.h and asm-generic/unistd.h.
 */
const numbers = {
  acct: [163, 51, 89],
  add_key: [248, 286, 217],
  bpf: [321, 357, 280],
  clock_settime: [227, 264, 112],
  clock_settime64: [null, 404, null],
  clone: [56, 120, 220],
  clone3: [435, 435, 435],
  create_module: [174, 127, null],
  delete_module: [176, 129, 106],
  fanotify_init: [300, 338, 262],
  fdatasync: [75, 148, 83],
  finit_module: [313, 350, 273],
  fsconfig: [431, 431, 431],
  fsmount: [432, 432, 432],
  fsopen: [430, 430, 430],
  fspick: [433, 433, 433],
  fsync: [74, 118, 82],
  init_module: [175, 128, 105],
  io_uring_enter: [426, 426, 426],
  io_uring_register: [427, 427, 427],
  io_uring_setup: [425, 425, 425],
  ioctl: [16, 54, 29],
  ioperm: [173, 101, null],
  iopl: [172, 110, null],
  kexec_file_load: [320, null, 294],
  kexec_load: [246, 283, 104],
  keyctl: [250, 288, 219],
  lookup_dcookie: [212, 253, 18],
  mount: [165, 21, 40],
  mount_setattr: [442, 442, 442],
  move_mount: [429, 429, 429],
  msync: [26, 144, 227],
  nfsservctl: [180, 169, 42],
  open_by_handle_at: [304, 342, 265],
  open_tree: [428, 428, 428],
  open_tree_attr: [467, 467, 467],
  perf_event_open: [298, 336, 241],
  pivot_root: [155, 217, 41],
  prlimit64: [302, 340, 261],
  ptrace: [101, 26, 117],
  quotactl: [179, 131, 60],
  quotactl_fd: [443, 443, 443],
  reboot: [169, 88, 142],
  request_key: [249, 287, 218],
  setdomainname: [171, 121, 162],
  sethostname: [170, 74, 161],
  setns: [308, 346, 268],
  setrlimit: [160, 75, 164],
  settimeofday: [164, 79, 170],
  socket: [41, 359, 198],
  socketcall: [null, 102, null],
  socketpair: [53, 360, 199],
  stime: [null, 25, null],
  swapoff: [168, 115, 225],
  swapon: [167, 87, 224],
  sync: [162, 36, 81],
  sync_file_range: [277, 314, 84],
  syncfs: [306, 344, 267],
  syslog: [103, 103, 116],
  umount: [null, 22, null],
  umount2: [166, 52, 39],
  unshare: [272, 310, 97],
  uselib: [134, 86, null],
  userfaultfd: [323, 374, 282],
  vhangup: [153, 111, 58],
  vm86: [null, 166, null],
  vm86old: [null, 113, null],
} as const satisfies Record<string, readonly (number | null)[]>;

export type SystemCall = keyof typeof numbers;

export const numberOf = (call: SystemCall, abi: Abi): number | null =>
  numbers[call][abis.indexOf(abi)] ?? null;
