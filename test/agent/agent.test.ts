import { execFile } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FileSystem } from "../../core/origin.ts";
import { type AgentEnd, resultIn, runAgent, shell } from "../support/agent-run.ts";
import { checkRootFileSystem, lookInside } from "../support/look-inside.ts";
import { agentOf, killHard, processesWith } from "../support/processes.ts";
import { sharedBake } from "../support/shared-bake.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const run = promisify(execFile);

/** What blkid finds at an offset of a disk: tags by name. */
const probe = async (disk: string, offset: number): Promise<Record<string, string>> => {
  const parameters = ["--probe", "--output", "export", "--offset", String(offset), disk];
  const { stdout } = await run("blkid", parameters);
  return Object.fromEntries(stdout.split("\n").map((line) => line.split(/=(.*)/).slice(0, 2)));
};

interface Partition {
  name: string;
  start: number;
  size: number;
}

const partitionsOf = async (disk: string): Promise<Record<string, Partition>> => {
  const { stdout } = await run("sfdisk", ["--json", disk]);
  const { partitiontable } = JSON.parse(stdout) as { partitiontable: { partitions: Partition[] } };
  return Object.fromEntries(
    partitiontable.partitions.map((partition) => [partition.name, partition]),
  );
};

const bytesAt = async (disk: string, offset: number, length: number): Promise<Buffer> => {
  await using file = await open(disk, "r");
  return (await file.read(Buffer.alloc(length), 0, length, offset)).buffer;
};

const fileSystems: FileSystem[] = ["ext4", "xfs", "btrfs"];

describe.each(fileSystems)("a disk with %s", (fileSystem) => {
  let folder: TemporaryFolder;
  let ran: AgentEnd;
  let partitions: Record<string, Partition>;
  const start = (name: string) => (partitions[name]?.start ?? 0) * 512;

  beforeAll(async () => {
    folder = await temporaryFolder();
    const steps = [shell("df / | tail -1; echo made > /made")];
    ran = await runAgent({ folder: folder.path, size: 640, fileSystem, steps });
    partitions = await partitionsOf(ran.disk);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test("is described as what it is", () => {
    expect(ran.error).toBeUndefined();
    expect(ran.facts).toEqual({
      ...{ architecture: "x86_64", bootMode: "uefi-preferred", fileSystem },
      ...{ operatingSystem: "Small 1", kernel: "vmlinuz-1" },
    });
  });

  test("has the file system that its fstab and its boot loader name", async () => {
    const { TYPE, LABEL, UUID = "" } = await probe(ran.disk, start("root"));
    expect([TYPE, LABEL]).toEqual([fileSystem, "root"]);
    const fstab = await lookInside(ran.disk, 'cat "$ROOT/etc/fstab" "$ROOT/made"');
    expect(fstab).toContain(`UUID=${UUID} / ${fileSystem} `);
    expect(fstab).toContain("made");
    const esp = await probe(ran.disk, start("esp"));
    expect(esp).toMatchObject({ TYPE: "vfat", VERSION: "FAT32", LABEL: "ESP" });
    expect(fstab).toContain(`UUID=${esp["UUID"]} /boot/efi vfat `);
    const image = `${ran.disk}@@${start("esp")}`;
    const { stdout } = await run("mtype", ["-i", image, "::/EFI/BOOT/BOOTX64.EFI"], {
      ...{ encoding: "latin1", maxBuffer: 64 * 1024 ** 2 },
    });
    expect(stdout.slice(0, 2)).toBe("MZ");
    expect(stdout).toContain(`search.fs_uuid ${UUID} root`);
  });

  test("has a whole file system, and an intact partition table", async () => {
    await run("sfdisk", ["--verify", ran.disk]);
    await checkRootFileSystem(ran.disk, fileSystem);
  });
});

describe("a disk that boots by legacy BIOS", () => {
  const shared = sharedBake();

  test("begins with GRUB's boot.img, which knows where the core image is", async () => {
    const { disk } = shared.end();
    const { bios } = await partitionsOf(disk);
    const boot = await bytesAt(disk, 0, 512);
    const original = await readFile("/usr/lib/grub/i386-pc/boot.img");
    const patched = new Set([
      ...Array.from({ length: 8 }, (_, index) => 0x5c + index),
      0x64,
      0x66,
      0x67,
    ]);
    for (let at = 0; at < 0x1b8; at++) {
      if (!patched.has(at)) expect([at, boot[at]]).toEqual([at, original[at]]);
    }
    expect(boot.readBigUInt64LE(0x5c)).toBe(BigInt(bios?.start ?? 0));
    expect([boot[0x64], boot[0x66], boot[0x67]]).toEqual([0xff, 0x90, 0x90]);
    expect(boot.readUInt16LE(510)).toBe(0xaa55);
    const core = await bytesAt(disk, (bios?.start ?? 0) * 512, 1024);
    expect(core.readBigUInt64LE(0x1f4)).toBe(BigInt((bios?.start ?? 0) + 1));
    // the length, in sectors, of the rest of the core image, that grub-mkimage wrote
    const sectors = core.readUInt16LE(0x1fc);
    expect(sectors).toBeGreaterThan(20);
    expect(sectors * 512).toBeLessThan((bios?.size ?? 0) * 512);
  });
});

describe("the agent", () => {
  const shared = sharedBake();

  shared.add([shell("echo id > /etc/machine-id; touch /tmp/a /var/tmp/b /run/c")]);
  test("leaves in the image nothing of its own, nor of this machine", async () => {
    const seen = await shared.look(
      `find . -name '*ovenbird*' -o -name policy-rc.d
       find tmp var/tmp run -mindepth 1
       wc -c < etc/machine-id; readlink etc/resolv.conf; cat etc/hostname`,
    );
    expect(seen).toEqual(["0", "../run/systemd/resolve/stub-resolv.conf", "localhost"]);
  });

  shared.add([shell("exit 1", { name: "left out", skipped: "ROLE is not web" })]);
  const next = shared.printed("echo ran");
  test("skips what `when:` leaves out, and says why", () => {
    expect(next()).toBe("ran");
    expect(shared.end().events).toContainEqual(
      expect.objectContaining({ step: "left out", status: "skipped", reason: "ROLE is not web" }),
    );
  });

  test("ends with the first step that fails", async () => {
    await using folder = await temporaryFolder();
    const steps = [shell("exit 1", { name: "first" }), shell("echo ran", { name: "second" })];
    const ran = await runAgent({ folder: folder.path, steps });
    expect(ran.error?.message).toContain('step 1 "first"');
    expect(ran.events.at(-1)).toMatchObject({ step: "first", status: "failed" });
    expect(JSON.parse(await resultIn(folder.path))).toMatchObject({ status: "failed" });
  });

  test.each(["/vmlinuz", "/initrd.img"])("refuses a disk whose %s a step removed", async (path) => {
    await using folder = await temporaryFolder();
    const ran = await runAgent({ folder: folder.path, steps: [shell(`rm ${path}`)] });
    expect(ran.error).toMatchObject({ name: "NotBootable" });
    expect(ran.error?.message).toContain(path);
  });

  shared.add([shell("head -c 50000000 /dev/urandom > /large; sync; rm /large")]);
  test("gives back the blocks of what was deleted", async () => {
    await using file = await open(shared.end().disk, "r");
    expect((await file.stat()).blocks * 512).toBeLessThan(40 * 1024 ** 2);
  });
});

describe("an agent that is killed at work", () => {
  const parts = {
    "the agent itself": (folder: string) => agentOf(folder)?.pid,
    "what started it": (folder: string) =>
      processesWith(folder).find(({ line }) => line.startsWith("unshare --mount --pid"))?.pid,
  };

  test.each(Object.entries(parts))("%s: nothing is left", async (_, find) => {
    await using folder = await temporaryFolder();
    const ran = await runAgent({
      ...{ folder: folder.path, steps: [shell("sleep infinity & echo at work; sleep infinity")] },
      onEvent(event) {
        if (event.event !== "step-output" || event.text !== "at work") return;
        killHard(find(folder.path));
      },
    });
    expect(ran.error).toMatchObject({ name: "AgentDied" });
    // loop devices, mounts and processes: the end of the folder's scope asserts that none is left
  });

  test("by the bake's own signal: nothing is left", async () => {
    await using folder = await temporaryFolder();
    const stop = new AbortController();
    const ran = await runAgent({
      ...{ folder: folder.path, steps: [shell("echo at work; sleep infinity")] },
      signal: stop.signal,
      onEvent(event) {
        if (event.event === "step-output" && event.text === "at work") stop.abort();
      },
    });
    expect(ran.error).toMatchObject({ name: "AgentDied" });
  });
});
