import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { surveyDisk } from "../../../agent/disk/survey.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { btrfs, ext4, keep, linuxType, makeDisk, mebibyte } from "./disks.ts";
import { forgeGpt, mbr, mbrEntry, signatures, writeMarks } from "./signatures.ts";

const run = promisify(execFile);

/** How a disk is refused, without having been written to. */
const refusalOf = async (disk: string): Promise<{ name: string; message: string }> => {
  await using kept = await keep(disk);
  const refused = await surveyDisk({ disk: disk, mustGrow: true }).then(
    () => undefined,
    (error: unknown) => error as Error,
  );
  await kept.compare();
  if (refused === undefined) throw new Error("the disk was not refused");
  return { name: refused.name, message: refused.message };
};

const empty = async (folder: string, size = 32): Promise<string> => {
  const disk = join(folder, "disk.raw");
  await writeFile(disk, "");
  await truncate(disk, size * mebibyte);
  return disk;
};

const partition = async (disk: string, table: string): Promise<string> => {
  const running = run("sfdisk", ["--quiet", "--no-tell-kernel", disk]);
  running.child.stdin?.end(table);
  await running;
  return disk;
};

const twoPartitions = `label: gpt\n1 : start=1MiB, size=10MiB, type=${linuxType}\n3 : start=11MiB, size=20MiB, type=${linuxType}\n`;

describe.each(Object.keys(signatures).filter((kind) => kind !== "LVM"))("%s", (kind) => {
  const expected = kind === "bcache" ? "is a member of a bcache" : `(${kind})`;

  test("on a partition is refused by name", async () => {
    await using folder = await temporaryFolder();
    const disk = await partition(await empty(folder.path), twoPartitions);
    await writeMarks(disk, signatures[kind]?.(20 * mebibyte) ?? [], 11 * mebibyte);
    const error = await refusalOf(disk);
    expect(error.name).toBe("UnsupportedDisk");
    expect(error.message).toContain("partition 3 ");
    expect(error.message).toContain(expected);
    expect(error.message).toMatch(/; .* would be right$/);
  });
});

const hasMapper = readFileSync("/proc/devices", "utf8").includes("device-mapper");

test.runIf(!hasMapper)(`LVM is refused by name where the kernel has no device-mapper`, async () => {
  await using folder = await temporaryFolder();
  const disk = await partition(await empty(folder.path), twoPartitions);
  await writeMarks(disk, signatures["LVM"]?.(20 * mebibyte) ?? [], 11 * mebibyte);
  expect(await refusalOf(disk)).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringMatching(/^partition 3 is a physical volume of LVM.*device-mapper/),
  });
});

test.each(["LUKS", "mdadm", "Intel firmware", "DDF firmware"])(
  "a whole disk that is %s is refused, under its table or without one",
  async (kind) => {
    await using folder = await temporaryFolder();
    const disk = await empty(folder.path);
    await writeMarks(disk, signatures[kind]?.(32 * mebibyte) ?? []);
    const error = await refusalOf(disk);
    expect(error.name).toBe("UnsupportedDisk");
    expect(error.message).toMatch(/^the disk is /);
    expect(error.message).toContain(kind);
  },
);

test("a disk with the marks of two file systems in one place is refused as that", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 128,
    volumes: [{ start: 0, size: 128, mkfs: btrfs }],
  });
  // an ext4 leaves the btrfs's superblock where it is, and blkid finds both
  const { stdout } = await run("bash", [
    "-euc",
    'mkfs.ext4 -q -F "$1.ext4" 128M; dd if="$1.ext4" of="$1" bs=1024 skip=1 seek=1 count=1 conv=notrunc 2>&1; rm "$1.ext4"',
    "bash",
    disk,
  ]);
  expect(stdout).toContain("1024 bytes");
  expect((await refusalOf(disk)).message).toMatch(/more than one kind of file system.*wipefs/);
});

test("an empty disk has nothing on it, and that is no refusal yet", async () => {
  await using folder = await temporaryFolder();
  await using survey = await surveyDisk({ disk: await empty(folder.path), mustGrow: true });
  expect(survey.volumes).toEqual([expect.objectContaining({ title: "the disk" })]);
  expect(survey.volumes[0]?.content).toBeUndefined();
  expect(survey.size.table.kind).toBe("none");
});

test.each([
  {
    what: "overlapping partitions in an MBR",
    entries: [mbrEntry(2048, 20480), mbrEntry(20480, 20480)],
    says: /partitions 1 and 2 overlap/,
  },
  {
    what: "a partition behind the disk's end in an MBR",
    entries: [mbrEntry(2048, 20480), mbrEntry(32768, 2 ** 31)],
    says: /partition 2 ends .* bytes behind the disk's end/,
  },
])("$what: refused as corrupt", async ({ entries, says }) => {
  await using folder = await temporaryFolder();
  const disk = await empty(folder.path);
  await writeMarks(disk, [[0, mbr(...entries)]]);
  expect(await refusalOf(disk)).toEqual({
    name: "CorruptDisk",
    message: expect.stringMatching(says),
  });
});

test.each([
  {
    what: "overlapping partitions",
    extents: [
      [2048, 40959],
      [22528, 43007],
    ],
  },
  {
    what: "a partition behind the disk's end",
    extents: [
      [2048, 22527],
      [22528, 200000],
    ],
  },
  { what: "a partition over the table itself", extents: [[0, 22527]] },
])("$what in a GPT whose checksums are right: refused as corrupt", async ({ extents }) => {
  await using folder = await temporaryFolder();
  const disk = await partition(
    await empty(folder.path),
    `label: gpt\nstart=1MiB, size=10MiB\nstart=11MiB, size=10MiB\n`,
  );
  await forgeGpt(
    disk,
    extents.map(([first = 0, last = 0]) => ({ first, last })),
  );
  expect((await refusalOf(disk)).name).toBe("CorruptDisk");
});

test.each([
  {
    what: "quotes, newlines and escapes",
    name: Buffer.from('"\\\n\u001b[2J\u0007$(id)', "utf16le"),
  },
  { what: "halves of characters", name: Buffer.alloc(72, 0xd8) },
  { what: "what is no text", name: Buffer.from("fffffeff0100ffff".repeat(9), "hex") },
])("a partition's name of $what is a name, or refused", async ({ name }) => {
  await using folder = await temporaryFolder();
  const disk = await partition(await empty(folder.path), "label: gpt\nstart=1MiB, size=10MiB\n");
  await forgeGpt(disk, [{ first: 2048, last: 22527, name }]);
  const answer = await surveyDisk({ disk, mustGrow: true }).catch(
    (error: unknown) => error as Error,
  );
  if (answer instanceof Error) expect(answer.name).toBe("CorruptDisk");
  else {
    await using survey = answer;
    expect(survey.volumes).toHaveLength(1);
  }
});

test("a disk that was cut short is refused as corrupt", async () => {
  await using folder = await temporaryFolder();
  const disk = await partition(await empty(folder.path), twoPartitions);
  await truncate(disk, 20 * mebibyte);
  expect(await refusalOf(disk)).toEqual({
    name: "CorruptDisk",
    message: expect.stringContaining("cut short"),
  });
});

test("a table for sectors of 4096 bytes is refused as that", async () => {
  await using folder = await temporaryFolder();
  const disk = await empty(folder.path);
  // an MBR that guards a GPT, which lies in the second sector, wherever that is
  const marks = [mbr(mbrEntry(1, 8191, 0xee)), Buffer.from("EFI PART")] as const;
  await writeMarks(disk, [
    [0, marks[0]],
    [4096, marks[1]],
  ]);
  expect(await refusalOf(disk)).toEqual({
    name: "UnsupportedDisk",
    message: expect.stringContaining("sectors of 4096 bytes"),
  });
});

test("a disk of another kind of table is refused by its name", async () => {
  await using folder = await temporaryFolder();
  const disk = await partition(await empty(folder.path), "label: sun\n");
  expect((await refusalOf(disk)).message).toContain('"sun"');
});

test("what is on each partition is seen at its place, whatever its number", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 32,
    table: twoPartitions,
    volumes: [
      { start: 1, size: 10, mkfs: ["mkswap", "-L", "exchange"] },
      { start: 11, size: 20, mkfs: [...ext4, "-L", "some\\x20 label"] },
    ],
  });
  await using survey = await surveyDisk({ disk: disk, mustGrow: true });
  expect(
    survey.volumes.map(({ title, content }) => [title, content?.type, content?.label]),
  ).toEqual([
    ["partition 1", "swap", "exchange"],
    ["partition 3", "ext4", "some\\x20 label"],
  ]);
});

test("a block device that this machine uses is refused", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 32,
    volumes: [{ start: 0, size: 32, mkfs: ext4 }],
  });
  const script = `mount -t tmpfs tmpfs /mnt; mkdir /mnt/m
    LOOP=$(losetup --find --show "$1"); trap 'umount /mnt/m; losetup --detach "$LOOP"' EXIT
    mount "$LOOP" /mnt/m; echo "$LOOP"; read -r _`;
  const holder = run("unshare", ["--mount", "bash", "-euc", script, "bash", disk]);
  const device = await new Promise<string>((resolve) =>
    holder.child.stdout?.once("data", (data: Buffer | string) => resolve(data.toString().trim())),
  );
  const refused = await surveyDisk({ disk: device, mustGrow: true }).catch(
    (error: unknown) => error as Error,
  );
  holder.child.stdin?.end("\n");
  await holder;
  expect(refused).toMatchObject({
    name: "UnsupportedDisk",
    message: expect.stringContaining("is in use by this machine"),
  });
});
