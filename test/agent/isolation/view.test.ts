import { mkdir, readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type OpenImage, openImage } from "../../support/open-image.ts";
import { noSystemCalls } from "../../support/system-calls.ts";
import { temporaryFolder, type TemporaryFolder } from "../../support/temporary-folder.ts";

const cmdline = "root=UUID=0b0b quiet";

let folder: TemporaryFolder;
let image: OpenImage;
beforeAll(async () => {
  folder = await temporaryFolder();
  // what starts the sandbox has a descriptor that it did not ask for, as the agent has its lock
  const before = ["bash", "-c", 'exec 7<> "$0" 42<> "$0" && exec "$@"', join(folder.path, "lock")];
  image = await openImage({
    ...{ folder: folder.path, cmdline, before, deviceNames: ["/dev/disk/by-uuid/0b0b"] },
    async prepare(root) {
      // the machine's null, full and disk, under names of the image's own
      for (const [name, kind, major] of [
        ["null", "c", 1],
        ["loop", "b", 7],
      ] as const) {
        spawnSync("mknod", [join(root, name), kind, String(major), "3"]);
      }
      await mkdir(join(root, "data"));
    },
  });
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("a step", () => {
  test("has no descriptor but its input and output", async () => {
    const seen = await image.sh("for fd in /proc/self/fd/*; do [ -e $fd ] && echo ${fd##*/}; done");
    expect(seen.split("\n")).toEqual(["0", "1", "2"]);
    const first = await image.sh("cd /proc/1/fd; for fd in *; do readlink $fd; done");
    expect(first).not.toContain(folder.path);
  });

  test("finds the names of the image's own disks in /dev, and nothing behind them", async () => {
    expect(await image.sh("ls /dev/disk/by-uuid; cat /dev/disk/by-uuid/0b0b")).toBe("0b0b");
    expect(await image.sh("echo x 2>&1 > /dev/disk/by-uuid/1c1c || echo refused")).toContain(
      "refused",
    );
  });

  test("may write to /dev/stdout and /dev/stderr, in the order in which it writes", async () => {
    const seen = await image.sh("echo 1 > /dev/stderr; echo 2 > /dev/stdout; echo 3 >&2; echo 4");
    expect(seen).toBe("1\n2\n3\n4");
  });

  test("finds in its environment what it was given and nothing of this machine's", async () => {
    const { output } = await image.run(["/bin/env"], { env: { GREETING: "a\nb" } });
    const names = output.split("\n").flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    expect(names.toSorted()).toEqual([
      "DEBIAN_FRONTEND",
      "GREETING",
      "HOME",
      "LANG",
      "PATH",
      "PWD",
      "SYSTEMD_OFFLINE",
      "TERM",
    ]);
    expect(output).toContain("PWD=/\n");
  });

  test("sees the image's kernel command line, not this machine's", async () => {
    expect(await image.sh("cat /proc/cmdline")).toBe(cmdline);
    expect(await image.sh("umount /proc/cmdline; cat /proc/cmdline")).toContain(cmdline);
  });

  test("has a host name and a boot id that say nothing of this machine", async () => {
    const id = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    const seen = await image.sh("hostname; cat /proc/sys/kernel/random/boot_id");
    expect(seen).toMatch(/^localhost\n[0-9a-f-]{36}$/);
    expect(seen).not.toContain(id);
    expect(seen.split("\n")).not.toContain(hostname());
  });

  test("sees nothing of this machine's disks, swap, keys, memory and modules in /proc", async () => {
    const names = ["partitions", "diskstats", "swaps", "keys", "key-users", "kmsg", "kallsyms"];
    const more = ["kcore", "iomem", "ioports", "modules", "mdstat", "slabinfo", "kpageflags"];
    const there = [...names, ...more].map((name) => `/proc/${name}`).filter(existsSync);
    expect(there.length).toBeGreaterThan(8);
    expect(await image.sh(`cat ${there.join(" ")}; ls /proc/bus /proc/fs /proc/irq`)).toBe(
      "/proc/bus:\n/proc/fs:\n/proc/irq:",
    );
  });

  test("cannot write where /proc changes this machine", async () => {
    const seen = await image.sh(
      `for file in $(find /proc -maxdepth 1 -type f -perm /222) $(find /proc/sys -type f); do
         { true >> $file; } 2> /dev/null && echo $file
       done; true`,
    );
    expect(seen.split("\n").filter((path) => path !== "")).toEqual([]);
  });

  test("sees processors and its own network in /sys, and no disk, device or firmware", async () => {
    const seen = await image.sh("cd /sys; ls -d * devices/* class/* class/net/*");
    expect(seen.split("\n")).toEqual(expect.arrayContaining(["class/net/tap0", "devices/system"]));
    expect(seen).not.toMatch(/eth|block|firmware|dmi|pci/);
    expect(
      await image.sh("find /sys -writable -type f; touch /sys/x && echo made; true"),
    ).not.toContain("made");
  });

  test("sees no path and no disk of this machine among its mounts", async () => {
    const seen = await image.sh("cat /proc/self/mountinfo");
    const lines = seen.split("\n");
    expect(lines.filter((line) => / - cgroup2? /.test(line))).toEqual([]);
    // in this test the image lies in a folder of a disk; a bake's is a file system of its own
    const rest = lines.slice(1);
    expect(rest.join("\n")).not.toContain(folder.path);
    expect(rest.join("\n")).not.toMatch(/ - (ext4|xfs|btrfs|overlay) /);
    expect(await image.sh("cat /proc/self/cgroup")).not.toContain("ovenbird");
  });

  test("may not open device nodes that lie in the image", async () => {
    const seen = await image.sh(
      "ls -l /null /loop; cat /null && echo read; cat /loop && echo read; true",
    );
    expect(seen).toMatch(/^c.*\/null$/m);
    expect(seen).not.toMatch(/^read$/m);
  });

  test("may not make device nodes anywhere", async () => {
    const folders = ["/", "/tmp", "/dev", "/dev/shm", "/data"];
    const seen = await image.sh(
      folders.map((path) => `mknod ${path}/node b 7 0 && echo made`).join("\n") + "\ntrue",
    );
    expect(seen).not.toMatch(/^made$/m);
  });

  test("and its users may share memory in /dev/shm, and change nothing else in /dev", async () => {
    const seen = await image.sh(
      "touch /dev/shm/mine && echo shared; touch /dev/x && echo made; ls -ld /dev/shm",
    );
    expect(seen).toContain("shared");
    expect(seen).not.toMatch(/^made$/m);
    expect(seen).toMatch(/^drwxrwxrwt/m);
  });

  test("has the capabilities that are listed, and gets no more by setuid programs", async () => {
    const seen = await image.sh("cat /proc/self/status");
    expect(seen).toMatch(/^CapEff:\t00000000800405fb$/m);
    expect(seen).toMatch(/^CapPrm:\t00000000800405fb$/m);
    expect(seen).toMatch(/^NoNewPrivs:\t1$/m);
    expect(seen).toMatch(/^Seccomp:\t2$/m);
    expect(await image.sh("cat /proc/1/status")).toMatch(/^CapPrm:\t0000000000000000$/m);
  });

  test("sees no process but those it started and bubblewrap's", async () => {
    const seen = await image.sh("cat /proc/[0-9]*/comm; ls -d /proc/[0-9]*");
    expect(seen.split("\n").filter((line) => !line.startsWith("/"))).toEqual(["init", "sh"]);
  });
});

describe.skipIf(noSystemCalls !== "")(`a chroot within${noSystemCalls}`, () => {
  test("leads nowhere but to the image", async () => {
    await writeFile(join(image.root, "data/mark"), "the image");
    const calls = [
      { number: 2, arguments: ["/", 0] }, // open
      { number: 161, arguments: ["/tmp"] }, // chroot
      { number: 81, arguments: [3] }, // fchdir
      ...Array.from({ length: 20 }, () => ({ number: 80, arguments: [".."] })), // chdir
      { number: 161, arguments: ["."] },
    ];
    expect(await image.call(...calls, { number: 21, arguments: ["/data/mark", 0] })).toBe(0);
    expect(await image.call(...calls, { number: 21, arguments: [folder.path, 0] })).toBe(2);
  });
});

test("a program that cannot be started is an error, not a status that a step may allow", async () => {
  expect((await image.run(["/bin/nothing"])).error).toMatch(/^CommandFailed: \/bin\/nothing/);
  expect((await image.run(["/data"])).error).toMatch(/^CommandFailed: .*Permission denied/s);
  const nowhere = await image.run(["/bin/true"], { workingDirectory: "/nowhere" });
  expect(nowhere.error).toContain("/nowhere");
  expect(await image.run(["/bin/sh", "-c", "exit 1"])).toEqual({ status: 1, output: "" });
});

/** Processes of the whole machine, with their states. */
const processes = () =>
  spawnSync("ps", ["-eo", "stat,args"], { encoding: "utf8" }).stdout.split("\n");

const zombies = () => processes().filter((line) => /^Z.*bwrap/.test(line)).length;

test("when a program has ended, so has all that it started, and no zombie stays", async () => {
  const before = zombies();
  const daemons = "for i in $(seq 50); do setsid sleep 4711 > /dev/null 2>&1 < /dev/null & done";
  for (let time = 0; time < 5; time++) {
    await image.run(["/bin/sh", "-c", `${daemons}; sleep 0.1`]);
    expect(processes().filter((line) => line.includes("sleep 4711"))).toEqual([]);
  }
  expect(zombies()).toBe(before);
});
