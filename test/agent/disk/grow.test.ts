import { execFile } from "node:child_process";
import { open as openFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import {
  btrfs,
  keep,
  espType,
  ext4,
  makeDisk,
  type MadeDisk,
  mebibyte,
  rootType,
  system,
  vfat,
  xfs,
} from "./disks.ts";
import { open, refusal } from "./open.ts";

const run = promisify(execFile);

/** MiB of the root, as the file system itself says. */
const rootSize = 'df --output=size --block-size=1M "$ROOT" | tail -1';

const dump = async (disk: string): Promise<string> =>
  (await run("sfdisk", ["--dump", disk])).stdout;

/** Fills the first sector's boot code with a pattern. */
const writeBootCode = async (disk: string): Promise<void> => {
  await using file = await openFile(disk, "r+");
  await file.write(Buffer.alloc(440, "boot code "), 0, 440, 0);
};

const bootCode = async (disk: string): Promise<string> => {
  await using file = await openFile(disk, "r");
  return (await file.read(Buffer.alloc(440), 0, 440, 0)).buffer.toString();
};

const withoutSizes = (text: string): string => text.replace(/size= *\d+/g, "");

const gpt = (size: number): string =>
  [
    "label: gpt",
    `1 : start=20MiB, size=${size}MiB, type=${rootType}, name=root, attrs="GUID:59 RequiredPartition"`,
    "14 : start=1MiB, size=3MiB, type=21686148-6449-6E6F-744E-656564454649",
    `15 : start=4MiB, size=16MiB, type=${espType}`,
    "",
  ].join("\n");

test.each([
  { type: "ext4", mkfs: ext4, from: 60, to: 300, fullness: 0.8 },
  { type: "ext3", mkfs: ["mkfs.ext3", "-q"], from: 60, to: 300, fullness: 0.8 },
  { type: "ext2", mkfs: ["mkfs.ext2", "-q"], from: 60, to: 300, fullness: 0.8 },
  { type: "xfs", mkfs: xfs, from: 310, to: 500, fullness: 0.7 },
  { type: "btrfs", mkfs: btrfs, from: 128, to: 300, fullness: 0.95 },
])("a GPT's last partition grows with its $type, and all else stays", async (kind) => {
  await using folder = await temporaryFolder();
  const { mkfs, from, to, fullness } = kind;
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: from + 21,
    table: gpt(from),
    volumes: [
      { start: 20, size: from, mkfs, fill: system() },
      { start: 4, size: 16, mkfs: vfat(16) },
    ],
    grownTo: to,
  });
  await writeBootCode(disk);
  const [table, code] = [await dump(disk), await bootCode(disk)];
  const opened = await open({ disk, commands: rootSize });
  expect(Number(opened.output)).toBeGreaterThan(fullness * (to - 21));
  expect(opened.said).toEqual([
    expect.stringMatching(/^partition 1, the root, grows from .* MiB$/),
  ]);
  const size = ((to - 21) * mebibyte) / 512;
  const grown = table.replace(
    `size=${`${(from * mebibyte) / 512}`.padStart(12)}`,
    `size=${`${size}`.padStart(12)}`,
  );
  expect((await dump(disk)).replace(/^last-lba.*\n/m, "")).toBe(
    grown.replace(/^last-lba.*\n/m, ""),
  );
  expect(grown).not.toBe(table);
  expect(await bootCode(disk)).toBe(code);
  expect((await run("sfdisk", ["--verify", disk])).stderr).toBe("");
  expect(opened.mounts[0]?.partition?.uuid).toBe(
    /uuid=(\S+), name="root"/.exec(table)?.[1]?.toLowerCase(),
  );
  expect(opened.table.partitions[0]?.size).toBe(size * 512);
  const again = await open({ disk, check: "journal" });
  expect(again.said).toEqual([]);
});

test("an MBR's logical partition grows together with what holds it", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 80,
    table:
      "label: dos\n1 : start=1MiB, size=10MiB, type=82\n2 : start=11MiB, type=5\n5 : start=12MiB, type=83, bootable\n",
    volumes: [{ start: 12, size: 68, mkfs: ext4, fill: system() }],
    grownTo: 200,
  });
  await writeBootCode(disk);
  const [table, code] = [await dump(disk), await bootCode(disk)];
  const opened = await open({ disk, commands: rootSize });
  expect(Number(opened.output)).toBeGreaterThan(150);
  expect(opened.table.partitions.at(-1)).toMatchObject({ number: 5, size: 188 * mebibyte });
  expect(await bootCode(disk)).toBe(code);
  expect(withoutSizes(await dump(disk))).toBe(withoutSizes(table));
});

test("a file system that is the whole disk grows with it", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 64,
    volumes: [{ start: 0, size: 64, mkfs: ext4, fill: system() }],
    grownTo: 200,
  });
  const opened = await open({ disk, check: "journal", commands: rootSize });
  expect(Number(opened.output)).toBeGreaterThan(150);
});

test("a disk that is as large as its table says keeps the free space that it has", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), {
    size: 200,
    table: gpt(60),
    volumes: [{ start: 20, size: 60, mkfs: ext4, fill: system() }],
  });
  const table = await dump(disk);
  expect((await open({ disk })).said).toEqual([]);
  expect(await dump(disk)).toBe(table);
});

const behind: Record<string, MadeDisk> = {
  gpt: {
    size: 100,
    table: `label: gpt\n1 : start=1MiB, size=60MiB, type=${rootType}\n2 : start=61MiB, size=20MiB, type=swap\n`,
    volumes: [{ start: 1, size: 60, mkfs: ext4, fill: system() }],
    grownTo: 130,
  },
  dos: {
    size: 100,
    table:
      "label: dos\n1 : start=1MiB, size=60MiB, type=83\n2 : start=61MiB, size=20MiB, type=82\n",
    volumes: [{ start: 1, size: 60, mkfs: ext4, fill: system() }],
    grownTo: 130,
  },
};

test.each(Object.keys(behind))(
  "a root with a partition behind it does not grow: %s",
  async (kind) => {
    await using folder = await temporaryFolder();
    const disk = await makeDisk(join(folder.path, "disk.raw"), behind[kind] as MadeDisk);
    await using kept = await keep(disk);
    const error = await refusal({ disk });
    expect(error).toEqual({
      name: "UnsupportedDisk",
      message: expect.stringMatching(
        /partition 2 lies behind partition 1.*leave root_volume_size out/,
      ),
    });
    await kept.compare();
  },
);
