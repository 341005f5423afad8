import { execFile } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { hasMountedTwin, temporaryUuid } from "../../../agent/disk/twin.ts";
import { attachLoop } from "../../../agent/loop.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { btrfs, ext4, linuxType, makeDisk, mebibyte, system, xfs } from "./disks.ts";
import { type Opened, opened, type Refused, startOpener } from "./open.ts";

const run = promisify(execFile);

/** UUIDs and features, as they are on the disk. */
const superblock = async (disk: string): Promise<string> => {
  const { stdout } = await run("btrfs", ["inspect-internal", "dump-super", disk]);
  return stdout.match(/^(?:fsid|metadata_uuid|incompat_flags)\s.*$/gm)?.join("\n") ?? "";
};

test.each([
  { type: "ext4", mkfs: ext4, size: 64 },
  { type: "xfs", mkfs: xfs, size: 310 },
  { type: "btrfs", mkfs: btrfs, size: 128 },
])("three copies of one $type are open at once, and each gets its own files", async (kind) => {
  await using folder = await temporaryFolder();
  const paths = ["parent", "one", "other"].map((name) => join(folder.path, `${name}.raw`));
  const [parent = ""] = paths;
  const { size, mkfs } = kind;
  await makeDisk(parent, {
    size: size + 2,
    table: `label: gpt\nstart=1MiB, size=${size}MiB, type=${linuxType}\n`,
    volumes: [{ start: 1, size, mkfs, fill: system() }],
  });
  for (const path of paths.slice(1)) await copyFile(parent, path);
  const go = join(folder.path, "go");
  const openers = paths.map(() => startOpener());
  try {
    // all of them are mounted before any of them ends
    const commands = (path: string) =>
      `echo ${path} > "$ROOT/mark"; touch ${path}.open; while [ ! -e ${go} ]; do sleep 0.05; done; cat "$ROOT/mark"`;
    const answers = openers.map((opener, index) => {
      const disk = paths[index] ?? "";
      return opener.ask({ disk, check: "journal", commands: commands(disk) });
    });
    const failed = Promise.race(answers.map((answer) => answer.then(refused)));
    for (const path of paths) await Promise.race([appears(`${path}.open`), failed]);
    await writeFile(go, "");
    for (const [index, path] of paths.entries()) {
      const answer = await answers[index];
      expect(answer === undefined ? undefined : opened(answer).output).toBe(`${path}\n`);
    }
    const facts = await Promise.all(answers);
    const uuids = facts.map((answer) => opened(answer).mounts[0]?.uuid);
    expect(new Set(uuids).size).toBe(1);
  } finally {
    // whatever went wrong, those that wait for it end
    await writeFile(go, "");
    await Promise.all(openers.map((opener) => opener.end()));
  }
  for (const path of paths) {
    const device = await attachLoop(path, { start: mebibyte, size: size * mebibyte });
    await using _ = device;
    if (kind.type === "btrfs") {
      expect(await superblock(device.path)).toContain("incompat_flags");
      expect(await superblock(device.path)).not.toMatch(
        /incompat_flags\s+0x[0-9a-f]*[4-7c-f][0-9a-f]{2}$/m,
      );
    }
  }
});

/** Never ends for a disk that was opened; rejects for one that was not. */
const refused = async (answer: Opened | Refused): Promise<never> => {
  opened(answer);
  return new Promise(() => undefined);
};

const appears = async (path: string): Promise<void> => {
  for (let tries = 0; tries < 400; tries++) {
    if ((await run("ls", [path]).catch(() => undefined)) !== undefined) return;
    await sleep(50);
  }
  throw new Error(`${path} did not appear: its disk was not opened`);
};

test("a btrfs gets another UUID for older kernels, and in the end its own without a new feature", async () => {
  await using folder = await temporaryFolder();
  const [parent, child] = ["parent", "child"].map((name) => join(folder.path, `${name}.raw`));
  if (parent === undefined || child === undefined) throw new Error("two paths are needed");
  await makeDisk(parent, {
    size: 128,
    // mounted once: the kernel sets features of its own
    volumes: [{ start: 0, size: 128, mkfs: btrfs, fill: system() }],
  });
  await copyFile(parent, child);
  const whole = { start: 0, size: 128 * mebibyte };
  // another with its UUID can be seen all the time
  await using _ = await attachLoop(parent, whole);
  await using device = await attachLoop(child, whole);
  const before = await superblock(child);
  {
    await using _ = await temporaryUuid(device.path);
    const during = await superblock(child);
    expect(/^fsid.*$/m.exec(during)?.[0]).not.toBe(/^fsid.*$/m.exec(before)?.[0]);
    expect(/^metadata_uuid.*$/m.exec(during)?.[0]).toBe(/^metadata_uuid.*$/m.exec(before)?.[0]);
    const script = `mount -t tmpfs tmpfs /mnt; mkdir /mnt/m; mount "$0" /mnt/m; echo x > /mnt/m/new; umount /mnt/m`;
    await run("unshare", ["--mount", "bash", "-ec", script, device.path]);
  }
  expect(await superblock(child)).toBe(before);
  await run("btrfs", ["check", "--readonly", child]);
});

test("a btrfs whose UUID nothing has mounted needs no other", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 128,
    volumes: [{ start: 0, size: 128, mkfs: btrfs }],
  });
  expect(await hasMountedTwin(disk)).toBe(false);
});
