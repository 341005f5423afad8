import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { qemuImg, source, target } from "../../../local/disk-format/qemu-img.ts";
import { sandboxed } from "../../../local/disk-format/sandboxed.ts";
import { never, openDisks, run } from "./disks.ts";

const inSandbox = async (reads: string, ...argv: string[]) => {
  const [program = "", ...rest] = sandboxed({ reads, argv });
  return run(program, rest);
};

test("a conversion sees its files and the system's programs, and nothing else", async () => {
  await using disks = await openDisks();
  const seen = await inSandbox(disks.at("disk.raw"), "find", "/", "-xdev");
  const top = seen.stdout.split("\n").map((path) => path.split("/")[1]);
  const system = new Set(["bin", "sbin", "lib", "lib64", "usr", "", undefined]);
  expect(new Set(top.filter((name) => !system.has(name)))).toEqual(new Set(["dev", "in"]));
  await expect(inSandbox(disks.at("disk.raw"), "cat", "/etc/passwd")).rejects.toThrow(/No such/);
});

test("a conversion has no network, and nowhere to write", async () => {
  await using disks = await openDisks();
  const connect = "exec 3<>/dev/tcp/127.0.0.1/1";
  const disk = disks.at("disk.raw");
  await expect(inSandbox(disk, "bash", "-c", connect)).rejects.toThrow(
    /Network is unreachable|refused/,
  );
  for (const path of ["/x", "/in/disk", "/usr/x", "/in/x"]) {
    await expect(inSandbox(disk, "bash", "-c", `echo > ${path}`)).rejects.toThrow(/Read-only/);
  }
});

test("a conversion has limits of memory, processor time and what it writes", async () => {
  await using disks = await openDisks();
  const dd = ["dd", "if=/in/disk", "of=/dev/null", "bs=5G", "count=1"];
  await expect(inSandbox(disks.at("disk.raw"), ...dd)).rejects.toThrow(/memory exhausted/);
  const limits = [
    "prlimit",
    "--cpu",
    "--fsize",
    "--core",
    "--output",
    "HARD",
    "--noheadings",
    "--raw",
  ];
  const { stdout } = await inSandbox(disks.at("disk.raw"), ...limits);
  expect(stdout.trim().split("\n").toSorted()).toEqual(["0", "0", "600"]);
});

test("were a file with a backing file let through, QEMU would not find what it names", async () => {
  await using disks = await openDisks();
  const words = ["-f", "qcow2", "-b", disks.at("disk.raw"), "-F", "raw"];
  await run("qemu-img", ["create", "-q", ...words, disks.at("x.qcow2")]);
  await writeFile(disks.at("to"), "");
  const converting = qemuImg({
    reads: disks.at("x.qcow2"),
    writes: { path: disks.at("to"), limit: 2 ** 30 },
    words: ["convert", "-O", "raw", ...source("qcow2"), target],
    signal: never,
  });
  await expect(converting).rejects.toThrow(/Could not open backing file.*disk\.raw.*No such file/);
});
