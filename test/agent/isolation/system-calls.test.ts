import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenImage, openImage } from "../../support/open-image.ts";
import { type Argument, int64, noSystemCalls } from "../../support/system-calls.ts";
import { temporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";

/* Numbers of errno.h, asm/unistd_64.h and asm/unistd_32.h. */
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];
const [SIGCHLD, CLONE_NEWUSER] = [17, 0x10000000];

let folder: TemporaryFolder;
let image: OpenImage;
beforeAll(async () => {
  folder = await temporaryFolder();
  image = await openImage({ folder: folder.path });
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const call = (number: number, ...rest: Argument[]) => image.call({ number, arguments: rest });
const call32 = (number: number, ...rest: Argument[]) =>
  image.call({ number, arguments: rest, door: "int80" });

describe.skipIf(noSystemCalls !== "")(`a step's system calls${noSystemCalls}`, () => {
  test("are made as asked, when nothing is against them", async () => {
    expect(await call(39)).toBe(0); // getpid
    expect(await call(2, "/nowhere", 0)).toBe(2); // open: ENOENT
    expect(await call32(20)).toBe(0); // getpid
  });

  test.each<[string, number, number, ...Argument[]]>([
    ["a keyring's id", 250, EPERM, 0, -3, 1],
    ["a new key", 248, EPERM, "user", "name", "value", 5, -3],
    ["a key from the kernel", 249, EPERM, "user", "name", 0, -3],
    ["the kernel's log", 103, EPERM, 3, Buffer.alloc(64), 64],
    ["the size of the kernel's log", 103, EPERM, 10, 0, 0],
    ["a BPF map", 321, EPERM, 0, Buffer.alloc(72), 72],
    ["a performance counter", 298, EPERM, Buffer.alloc(128), 0, -1, -1, 0],
    ["page faults handled by itself", 323, EPERM, 1],
    ["an io_uring", 425, ENOSYS, 8, Buffer.alloc(120)],
    ["a user namespace, by unshare", 272, EPERM, CLONE_NEWUSER],
    ["a user namespace, by clone", 56, EPERM, CLONE_NEWUSER + SIGCHLD, 0],
    ["a user namespace, by clone3", 435, ENOSYS, int64(CLONE_NEWUSER), 64],
    ["another kernel", 246, EPERM, 0, 0, 0, 0],
    ["a kernel module", 313, EPERM, 0, "", 0],
    ["a file by its number", 304, EPERM, 0, Buffer.alloc(16), 0],
    ["another's namespace", 308, EPERM, 0, 0],
    ["the sandbox's own first process", 101, EPERM, 16, 1, 0, 0],
    ["a mount", 165, EPERM, "none", "/tmp", "tmpfs", 0, 0],
    ["a mount taken apart", 428, EPERM, -100, "/tmp", 0],
    ["another clock", 227, EPERM, 0, Buffer.alloc(16)],
    ["a talk with the hypervisor", 41, EAFNOSUPPORT, 40, 1, 0],
    ["the kernel's cryptography by socket", 41, EAFNOSUPPORT, 38, 5, 0],
    ["raw frames of the network", 41, EAFNOSUPPORT, 17, 3, 0],
    ["the machine's audit log", 41, EAFNOSUPPORT, 16, 3, 9],
    ["to type into a terminal", 16, EPERM, 0, 0x5412, "x"],
    ["the same, hidden in the high bits", 16, EPERM, 0, 0x1_0000_5412n, "x"],
    ["an exchange of two files' contents that neither shows", 16, EPERM, 0, 0xc0c0586dn, "x"],
    ["a move of one file's blocks to another, which shows nothing", 16, EPERM, 0, 0xc028660fn, "x"],
  ])("may not ask for %s", async (_, number, error, ...rest) => {
    expect(await call(number, ...rest)).toBe(error);
  });

  test.each<[string, number, number, ...Argument[]]>([
    ["a keyring's id", 288, EPERM, 0, -3, 1],
    ["a user namespace", 310, EPERM, CLONE_NEWUSER],
    ["a user namespace, by clone", 120, EPERM, CLONE_NEWUSER + SIGCHLD, 0],
    ["a socket that no filter sees", 102, ENOSYS, 1, Buffer.alloc(12)],
    ["a talk with the hypervisor", 359, EAFNOSUPPORT, 40, 1, 0],
    ["an exchange of two files' contents that neither shows", 54, EPERM, 0, 0xc0a4586dn, "x"],
  ])(
    "as those of a 32-bit program may not ask for %s either",
    async (_, number, error, ...rest) => {
      expect(await call32(number, ...rest)).toBe(error);
    },
  );

  test("have no numbers of x32, in which the filter could be evaded", async () => {
    expect(await call(0x40000000 + 39)).toBe(ENOSYS);
    expect(await call(0x40000000 + 250, 0, -3, 1)).toBe(ENOSYS);
  });

  test("may ask for a child, a thread's namespace-less unshare, and sockets of this network", async () => {
    expect(await call(56, SIGCHLD, 0)).toBe(0);
    expect(await call(272, 0x400)).toBe(0); // CLONE_FILES
    for (const [family, type, protocol] of [
      [1, 1, 0],
      [2, 1, 0],
      [2, 2, 0],
      [10, 1, 0],
      [16, 3, 0],
    ]) {
      expect(await call(41, family ?? 0, type ?? 0, protocol ?? 0)).toBe(0);
    }
  });

  test("wait for no disk: what was never opened is said to be written, too", async () => {
    expect(await call(74, 99)).toBe(0); // fsync
    expect(await call(75, 99)).toBe(0); // fdatasync
    expect(await call(306, 99)).toBe(0); // syncfs
    expect(await call32(118, 99)).toBe(0); // fsync
  });

  test("change no core limit, and those who try are told that they did", async () => {
    const none = Buffer.concat([int64(0), int64(0)]);
    expect(await call(160, 4, none)).toBe(0); // setrlimit
    expect(await call(302, 0, 4, none, 0)).toBe(0); // prlimit64
    expect(await call(302, 0, 4, none, Buffer.alloc(16))).toBe(EPERM);
    expect(await call(302, 0, 4, 0, Buffer.alloc(16))).toBe(0); // asked, not set
    expect(await call(302, 0, 7, none, 0)).toBe(0); // RLIMIT_NOFILE
    expect(await image.sh("ulimit -c 0; grep core /proc/self/limits")).toMatch(/ 1 +1 +bytes/);
  });
});
