import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import {
  espType,
  ext4,
  keep,
  linuxType,
  makeDisk,
  mebibyte,
  rootType,
  system,
  vfat,
} from "./disks.ts";
import { open, refusal } from "./open.ts";

const run = promisify(execFile);
const env = { ...process.env, MTOOLS_SKIP_CHECK: "1", LC_ALL: "C.UTF-8" };

/** All paths of a FAT, as they are spelled there. */
const pathsIn = async (image: string): Promise<string[]> => {
  const { stdout } = await run("mdir", ["-/", "-b", "-i", image], { env });
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("::/"))
    .map((line) => line.slice(3))
    .toSorted();
};

const textOf = async (image: string, path: string): Promise<string> =>
  (await run("mtype", ["-i", image, `::/${path}`], { env })).stdout;

/** A FAT with a folder and two files, in a file of its own. */
const makeFat = async (path: string, size = 40): Promise<string> => {
  await run("truncate", ["--size", `${size}M`, path]);
  await run("mformat", ["-i", path, "-F", "-v", "ESP", "::"], { env });
  await run("mmd", ["-i", path, "::/EFI", "::/EFI/BOOT", "::/loader"], { env });
  const script = `cd "$(mktemp -d)"; printf old > a; mcopy -i "$1" a ::/EFI/BOOT/BOOTX64.EFI; mcopy -i "$1" a "::/loader/a long name.conf"; rm -r "$PWD"`;
  await run("bash", ["-euc", script, "bash", path], { env });
  return path;
};

test("what is added, changed and removed in the copy of a FAT is then so in the FAT", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeFat(join(folder.path, "fat.raw"), 260);
  const commands = `cd "$ROOT"; find . -type f | sort
    printf new > EFI/BOOT/BOOTX64.EFI
    rm -r loader
    mkdir -p EFI/Linux/deeper; head -c 100M /dev/urandom > EFI/Linux/linux-6.1.0-13-amd64.efi
    printf ö > "EFI/Linux/deeper/Größe und mehr.txt"
    cksum < EFI/Linux/*.efi`;
  const { output } = await open({ disk, copy: true, commands });
  const [one, other, digest] = output.split("\n");
  expect([one, other]).toEqual(["./EFI/BOOT/BOOTX64.EFI", "./loader/a long name.conf"]);
  expect(await pathsIn(disk)).toEqual([
    "EFI/",
    "EFI/BOOT/",
    "EFI/BOOT/BOOTX64.EFI",
    "EFI/Linux/",
    "EFI/Linux/deeper/",
    "EFI/Linux/deeper/Größe und mehr.txt",
    "EFI/Linux/linux-6.1.0-13-amd64.efi",
  ]);
  expect(await textOf(disk, "EFI/BOOT/BOOTX64.EFI")).toBe("new");
  const read = `mtype -i "$1" ::/EFI/Linux/linux-6.1.0-13-amd64.efi | cksum`;
  const { stdout } = await run("bash", ["-euc", read, "bash", disk], { env });
  expect(stdout.trim()).toBe(digest);
});

test("a FAT of which nothing was changed is not written to", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeFat(join(folder.path, "fat.raw"));
  await using kept = await keep(disk);
  await open({ disk, copy: true, commands: 'touch "$ROOT/EFI"; chmod 600 "$ROOT"/EFI/BOOT/*' });
  await kept.compare();
});

test("an empty FAT can be filled, and a full one emptied", async () => {
  await using folder = await temporaryFolder();
  const disk = join(folder.path, "fat.raw");
  await run("truncate", ["--size", "4M", disk]);
  await run("mformat", ["-i", disk, "::"], { env });
  await open({ disk, copy: true, commands: 'mkdir -p "$ROOT/a/b"; printf x > "$ROOT/a/b/c"' });
  expect(await pathsIn(disk)).toEqual(["a/", "a/b/", "a/b/c"]);
  await open({ disk, copy: true, commands: 'rm -r "$ROOT/a"' });
  expect(await pathsIn(disk).catch(() => [])).toEqual([]);
});

test("names that a FAT takes for one are one: the one that was changed is kept", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeFat(join(folder.path, "fat.raw"));
  const commands = `mkdir -p "$ROOT/efi/boot"; printf new > "$ROOT/efi/boot/bootx64.efi"`;
  await open({ disk, copy: true, commands });
  expect(await pathsIn(disk)).toEqual([
    "EFI/",
    "EFI/BOOT/",
    "EFI/BOOT/BOOTX64.EFI",
    "loader/",
    "loader/a long name.conf",
  ]);
  expect(await textOf(disk, "EFI/BOOT/BOOTX64.EFI")).toBe("new");
});

test.each([
  {
    what: "more than fits",
    how: "head -c 40600K /dev/zero > big",
    says: /is full: big did not fit/,
  },
  { what: "two files of one name", how: "echo 1 > New; echo 2 > nEW", says: /are one name/ },
  { what: "a link", how: "ln -s /etc/shadow link", says: /"link" is neither a file nor a folder/ },
  { what: "a name FAT has not", how: "echo > 'a:b'", says: /"a:b" is no name/ },
  { what: "a pattern for a name", how: "echo > '[a-z]'", says: /is no name/ },
])("$what in the copy of a FAT is an error by name", async ({ how, says }) => {
  await using folder = await temporaryFolder();
  const disk = await makeFat(join(folder.path, "fat.raw"));
  const error = await refusal({ disk, copy: true, commands: `cd "$ROOT"; ${how}` });
  expect(error).toEqual({ name: "UnfitForEsp", message: expect.stringMatching(says) });
});

test("a FAT whose folders lead into each other without end is refused", async () => {
  await using folder = await temporaryFolder();
  const disk = join(folder.path, "fat.raw");
  await run("truncate", ["--size", "8M", disk]);
  await run("mformat", ["-i", disk, "::"], { env });
  await run("mmd", ["-i", disk, "::/OUTER", "::/OUTER/INNER"], { env });
  const bytes = await readFile(disk);
  // FAT specification, 6: a folder's entry has its cluster at 26
  const entry = (name: string) => bytes.indexOf(`${name.padEnd(11)}\u0010`);
  bytes.copy(bytes, entry("INNER") + 26, entry("OUTER") + 26, entry("OUTER") + 28);
  await writeFile(disk, bytes);
  expect((await refusal({ disk, copy: true })).name).toBe("CorruptDisk");
});

/** A disk with an ESP and, with a size, an XBOOTLDR. */
const withEsp = (fill: string, bootLoader = false) => ({
  size: 128,
  table: [
    "label: gpt",
    `1 : start=60MiB, size=60MiB, type=${rootType}`,
    `2 : start=1MiB, size=40MiB, type=${espType}`,
    `3 : start=41MiB, size=10MiB, type=${bootLoader ? "BC13C2FF-59E6-4262-A352-B275FD6F7172" : linuxType}`,
    "",
  ].join("\n"),
  volumes: [
    { start: 60, size: 60, mkfs: ext4, fill: system(undefined, fill) },
    { start: 1, size: 40, mkfs: vfat(40) },
    { start: 41, size: 10, mkfs: ext4, fill: "touch mark-xbootldr" },
  ],
});

test.each([
  {
    where: "/boot/efi",
    how: "an fstab's word",
    fstab: "UUID=ABCD-1234 /boot/efi vfat umask=0077 0 1",
  },
  { where: "/boot", how: "itself where /boot is empty" },
  { where: "/efi", how: "itself where /boot is not", fill: "touch boot/vmlinuz" },
  { where: "/efi", how: "itself beside an XBOOTLDR", bootLoader: true },
])("an ESP is mounted on $where by $how, and keeps what is written to it", async (kind) => {
  await using folder = await temporaryFolder();
  const { fstab, fill = "", where, bootLoader } = kind;
  const line = fstab === undefined ? "" : `echo '${fstab}' > etc/fstab`;
  const made = withEsp(`${fill}\n${line}`, bootLoader);
  const disk = await makeDisk(join(folder.path, "disk.raw"), made);
  const commands = `cd "$ROOT"; echo here > .${where}/kernel.efi; find . -name 'mark-*'`;
  const opened = await open({ disk, commands });
  expect(opened.mounts.map(({ path, type }) => [path, type])).toEqual([
    ["/", "ext4"],
    ...(bootLoader ? [["/boot", "ext4"]] : []),
    [where, "vfat"],
  ]);
  expect(opened.output).toBe(bootLoader ? "./boot/mark-xbootldr\n" : "");
  expect(await textOf(`${disk}@@${mebibyte}`, "kernel.efi")).toBe("here\n");
  const again = await open({ disk, check: "journal", commands: `cat "$ROOT${where}/kernel.efi"` });
  expect(again.output).toBe("here\n");
});
