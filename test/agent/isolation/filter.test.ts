import { describe, expect, test } from "vitest";
import { seccompFilter } from "../../../agent/seccomp.ts";

/*
 * The filter as the kernel would run it, for processors that are not this machine's. Numbers are
 * those of the kernel's asm/unistd_64.h, asm/unistd_32.h and asm-generic/unistd.h.
 */

const [x86_64, i386, arm64, arm] = [0xc000003e, 0x40000003, 0xc00000b7, 0x40000028];
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

/** What the filter says to a call: undefined when it is allowed, else the number of the error. */
const answer = (
  processor: NodeJS.Architecture,
  architecture: number,
  number: number,
  ...values: number[]
): number | undefined => {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(number, 0);
  data.writeUInt32LE(architecture, 4);
  values.forEach((value, index) => data.writeBigUInt64LE(BigInt(value), 16 + index * 8));
  const action = interpret(seccompFilter(processor), data);
  if (action === 0x7fff0000) return undefined;
  expect(action & 0xffff0000).toBe(0x00050000);
  return action & 0xffff;
};

const interpret = (program: Buffer, data: Buffer): number => {
  let accumulator = 0;
  for (let at = 0; at < program.length; at += 8) {
    const code = program.readUInt16LE(at);
    const [jt, jf] = [program.readUInt8(at + 2), program.readUInt8(at + 3)];
    const k = program.readUInt32LE(at + 4);
    const jump = (holds: boolean) => (at += 8 * (holds ? jt : jf));
    if (code === 0x06) return k;
    if (code === 0x20) accumulator = data.readUInt32LE(k);
    else if (code === 0x05) at += 8 * k;
    else if (code === 0x15) jump(accumulator === k);
    else if (code === 0x35) jump(accumulator >= k);
    else if (code === 0x45) jump((accumulator & k) !== 0);
    else throw new Error(`no such instruction: ${code}`);
  }
  throw new Error("the program has no end");
};

describe("the filter of system calls", () => {
  test.each([
    ["keyctl", x86_64, 250, i386, 288, 219],
    ["bpf", x86_64, 321, i386, 357, 280],
    ["syslog", x86_64, 103, i386, 103, 116],
    ["perf_event_open", x86_64, 298, i386, 336, 241],
    ["init_module", x86_64, 175, i386, 128, 105],
    ["kexec_load", x86_64, 246, i386, 283, 104],
    ["mount", x86_64, 165, i386, 21, 40],
    ["pivot_root", x86_64, 155, i386, 217, 41],
    ["setns", x86_64, 308, i386, 346, 268],
    ["open_by_handle_at", x86_64, 304, i386, 342, 265],
    ["userfaultfd", x86_64, 323, i386, 374, 282],
    ["reboot", x86_64, 169, i386, 88, 142],
    ["clock_settime", x86_64, 227, i386, 264, 112],
  ])("refuses %s on every processor", (_, is64, number64, is32, number32, numberArm) => {
    expect(answer("x64", is64, number64)).toBe(EPERM);
    expect(answer("x64", is32, number32)).toBe(EPERM);
    expect(answer("arm64", arm64, numberArm)).toBe(EPERM);
  });

  test.each([
    ["fsync", 74, 118, 82],
    ["fdatasync", 75, 148, 83],
    ["msync", 26, 144, 227],
    ["sync", 162, 36, 81],
    ["sync_file_range", 277, 314, 84],
    ["syncfs", 306, 344, 267],
  ])("says that %s was done, on every processor", (_, number64, number32, numberArm) => {
    expect(answer("x64", x86_64, number64)).toBe(0);
    expect(answer("x64", i386, number32)).toBe(0);
    expect(answer("arm64", arm64, numberArm)).toBe(0);
  });

  test("refuses namespaces and allows children on every processor", () => {
    const [child, thread, user] = [17, 0x3d0f00, 0x10000000];
    for (const [processor, architecture, clone, unshare] of [
      ["x64", x86_64, 56, 272],
      ["x64", i386, 120, 310],
      ["arm64", arm64, 220, 97],
    ] as const) {
      expect(answer(processor, architecture, clone, child)).toBeUndefined();
      expect(answer(processor, architecture, clone, thread)).toBeUndefined();
      expect(answer(processor, architecture, clone, child + user)).toBe(EPERM);
      expect(answer(processor, architecture, unshare, user)).toBe(EPERM);
      expect(answer(processor, architecture, unshare, 0x80)).toBe(EPERM);
      expect(answer(processor, architecture, unshare, 0x200)).toBeUndefined();
      expect(answer(processor, architecture, 435)).toBe(ENOSYS); // clone3
      expect(answer(processor, architecture, 425)).toBe(ENOSYS); // io_uring_setup
    }
  });

  test("allows sockets of the network, and no others, on every processor", () => {
    for (const [processor, architecture, socket] of [
      ["x64", x86_64, 41],
      ["x64", i386, 359],
      ["arm64", arm64, 198],
    ] as const) {
      const families = Array.from({ length: 64 }, (_, family) => family);
      const allowed = families.filter(
        (family) => answer(processor, architecture, socket, family, 3, 0) === undefined,
      );
      expect(allowed).toEqual([1, 2, 10, 16]);
      expect(answer(processor, architecture, socket, 16, 3, 9)).toBe(EAFNOSUPPORT);
    }
  });

  test("allows on arm64 what every program does", () => {
    const names = {
      openat: 56,
      read: 63,
      execve: 221,
      mmap: 222,
      wait4: 260,
      chroot: 51,
      mknodat: 33,
    };
    for (const number of Object.values(names))
      expect(answer("arm64", arm64, number)).toBeUndefined();
    expect(answer("arm64", arm64, 29, 0, 0x5401)).toBeUndefined(); // ioctl TCGETS
    expect(answer("arm64", arm64, 29, 0, 0x5412)).toBe(EPERM); // TIOCSTI
    expect(answer("arm64", arm64, 261, 0, 4, 4096)).toBe(0); // prlimit64 of RLIMIT_CORE
    expect(answer("arm64", arm64, 261, 0, 7, 4096)).toBeUndefined();
  });

  test("knows no programs of other processors, nor those of x32", () => {
    expect(answer("arm64", arm, 1)).toBe(ENOSYS);
    expect(answer("arm64", x86_64, 1)).toBe(ENOSYS);
    expect(answer("x64", arm64, 1)).toBe(ENOSYS);
    expect(answer("x64", x86_64, 0x40000001)).toBe(ENOSYS);
  });

  test("is not made for processors whose numbers are not known", () => {
    expect(() => seccompFilter("riscv64")).toThrow("x86_64 and arm64");
  });

  test("fits into what the kernel takes", () => {
    expect(seccompFilter("x64").length / 8).toBeLessThanOrEqual(4096); // BPF_MAXINSNS
  });
});
