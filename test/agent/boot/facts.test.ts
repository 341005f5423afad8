import { copyFile, mkdir, open, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findBootFacts } from "../../../agent/boot/facts.ts";
import type { PartitionTable, TableEntry } from "../../../agent/boot/table.ts";
import { installBios } from "../../../agent/boot-loader/bios.ts";
import { findModules, makeCoreImage } from "../../../agent/boot-loader/grub.ts";
import { layOut, sector, sfdiskScript } from "../../../agent/layout.ts";
import { run } from "../../../agent/run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { fifo, folder, type Leaf, makeTree } from "../../support/tree.ts";

const mebibyte = 1024 ** 2;
const layout = layOut(256 * mebibyte, "ext4", "x86_64", "a test");

const gpt: PartitionTable = {
  label: "gpt",
  partitions: [layout.biosBoot, layout.esp, layout.root].map(({ number, start, size, type }) => ({
    ...{ number, start, size, type },
  })),
};

const dos = (more: Partial<TableEntry> = {}): PartitionTable => ({
  label: "dos",
  partitions: [{ number: 1, start: mebibyte, size: 200 * mebibyte, type: "83", ...more }],
});

/** The first 64 bytes of a program for a machine, by ELF's number. */
const elf = (machine: number): Buffer => {
  const bytes = Buffer.alloc(64);
  bytes.write("\u007fELF\u0002\u0001\u0001", "latin1");
  bytes.writeUInt16LE(machine, 18);
  return bytes;
};

/** An image's root, with an empty disk beside it. */
const openImage = async (leaves: Record<string, Leaf> = {}, machine = 62) => {
  const scratch = await temporaryFolder();
  const [root, disk] = [join(scratch.path, "root"), join(scratch.path, "disk.raw")];
  await makeTree(root, { "usr/bin": folder, bin: { link: "usr/bin" }, "boot/efi": folder });
  await writeFile(join(root, "usr/bin/dash"), elf(machine));
  await makeTree(root, { "usr/bin/sh": { link: "/bin/dash" }, ...leaves });
  await using file = await open(disk, "w");
  await file.truncate(256 * mebibyte);
  await run(["sfdisk", "--quiet", "--no-tell-kernel", disk], { input: sfdiskScript(layout) });
  return {
    ...{ root, disk, scratch: scratch.path },
    facts: (table: PartitionTable = gpt) => findBootFacts({ root, disk, table, esp: "/boot/efi" }),
    grub: () => installBios(disk, layout, scratch.path),
    async esp(path: string, content?: Buffer) {
      const target = join(root, "boot/efi", path);
      await mkdir(join(target, ".."), { recursive: true });
      if (content === undefined) await makeGrub(target, scratch.path);
      else await writeFile(target, content);
    },
    async write(bytes: Buffer, at: number) {
      await using file = await open(disk, "r+");
      await file.write(bytes, 0, bytes.length, at);
    },
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  };
};

const makeGrub = async (output: string, scratch: string): Promise<void> => {
  const modules = (await findModules("x86_64-efi")) ?? "";
  const config = join(scratch, "x.cfg");
  await writeFile(config, "boot\n");
  await makeCoreImage({ platform: "x86_64-efi", modules, config, layout, output });
};

/** A boot sector with some code, and a name where SYSLINUX has its own. */
const bootSector = (name: string): Buffer => {
  const bytes = Buffer.alloc(sector);
  bytes.write(`\u00eb\u0058\u0090${name}`, "latin1");
  bytes.writeUInt16LE(0xaa55, 510);
  return bytes;
};

describe("the boot mode", () => {
  test("is both ways with GRUB in the ESP and in the first sector", async () => {
    await using image = await openImage();
    await image.grub();
    await image.esp("EFI/BOOT/BOOTX64.EFI");
    expect(await image.facts()).toMatchObject({
      bootMode: "uefi-preferred",
      architecture: "x86_64",
    });
  });

  test("is UEFI with nothing in the first sector, whatever the names' case", async () => {
    await using image = await openImage();
    await image.esp("efi/boot/bootx64.efi");
    expect(await image.facts()).toMatchObject({ bootMode: "uefi" });
  });

  test("is legacy BIOS with no ESP", async () => {
    await using image = await openImage();
    await image.grub();
    expect(await image.facts()).toMatchObject({ bootMode: "legacy-bios" });
  });

  test("is none where a vendor's loader needs firmware that remembers it", async () => {
    await using image = await openImage();
    await image.esp("EFI/debian/shimx64.efi");
    const refused = await image.facts().catch((error: Error) => error);
    expect(refused).toMatchObject({ name: "NotBootable" });
    expect((refused as Error).message).toContain(String.raw`EFI\\debian\\shimx64.efi`);
    expect((refused as Error).message).toContain("no boot code");
  });

  const notUefi: Record<string, (program: Buffer) => Buffer> = {
    "is empty": () => Buffer.alloc(0),
    "is text": () => Buffer.from("MZ".repeat(100)),
    "is for another machine": (program) => {
      program.writeUInt16LE(0xaa64, program.readUInt32LE(0x3c) + 4);
      return program;
    },
    "is a driver": (program) => {
      program.writeUInt16LE(11, program.readUInt32LE(0x3c) + 24 + 68);
      return program;
    },
    "points far beyond its end": (program) => {
      program.writeUInt32LE(0xfffffff0, 0x3c);
      return program;
    },
  };
  test.each(Object.entries(notUefi))(
    "is not UEFI where the ESP's program %s",
    async (_, change) => {
      await using image = await openImage();
      await image.esp("EFI/BOOT/BOOTX64.EFI");
      const program = await readFile(join(image.root, "boot/efi/EFI/BOOT/BOOTX64.EFI"));
      await image.esp("EFI/BOOT/BOOTX64.EFI", change(program));
      await expect(image.facts()).rejects.toMatchObject({ name: "NotBootable" });
      await image.grub();
      expect(await image.facts()).toMatchObject({ bootMode: "legacy-bios" });
    },
  );

  test("is not legacy BIOS where the rest of GRUB is gone", async () => {
    await using image = await openImage();
    await image.grub();
    await image.write(Buffer.alloc(mebibyte), layout.biosBoot.start);
    await expect(image.facts()).rejects.toThrow(/sector 2048 not the rest of GRUB/);
  });

  test("is legacy BIOS with SYSLINUX in the active partition, and only there", async () => {
    await using image = await openImage();
    await image.write(bootSector("any"), 0);
    await image.write(bootSector("EXTLINUX"), mebibyte);
    expect(await image.facts(dos({ bootable: true }))).toMatchObject({ bootMode: "legacy-bios" });
    await expect(image.facts(dos())).rejects.toThrow(/no partition is active/);
    await image.write(bootSector("MSDOS5.0"), mebibyte);
    await expect(image.facts(dos({ bootable: true }))).rejects.toThrow(
      /neither GRUB's nor SYSLINUX/,
    );
    await image.write(Buffer.alloc(sector), mebibyte);
    await expect(image.facts(dos({ bootable: true }))).rejects.toThrow(/has no boot code/);
  });

  test("of an image for arm64 is UEFI or nothing", async () => {
    await using image = await openImage({}, 183);
    await image.grub();
    await image.esp("EFI/BOOT/BOOTX64.EFI");
    await expect(image.facts()).rejects.toThrow(/BOOTAA64/);
    const path = join(image.root, "boot/efi/EFI/BOOT/BOOTX64.EFI");
    const program = await readFile(path);
    program.writeUInt16LE(0xaa64, program.readUInt32LE(0x3c) + 4);
    await image.esp("EFI/BOOT/BOOTAA64.EFI", program);
    expect(await image.facts()).toMatchObject({ architecture: "arm64", bootMode: "uefi" });
  });
});

describe("an image", () => {
  test.each([
    ['PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n', "Debian GNU/Linux 13 (trixie)"],
    ["NAME='It is'\nID=x\n", "It is"],
    [String.raw`PRETTY_NAME="a \"b\" \$c"`, 'a "b" $c'],
    ['PRETTY_NAME="\u001b[31mred\u009b2J\u202e"', "[31mred2J"],
    [`PRETTY_NAME="${"x".repeat(10_000)}"`, "x".repeat(200)],
    ["ID=x\n", "unknown"],
  ])("is called what os-release says: %j", async (text, name) => {
    await using image = await openImage({
      "usr/lib/os-release": text,
      "etc/os-release": { link: "../usr/lib/os-release" },
    });
    await image.grub();
    expect(await image.facts()).toMatchObject({ operatingSystem: name });
  });

  test("with odd things for os-release is called unknown", async () => {
    for (const leaf of [fifo, folder, { link: "/etc/os-release" }, { link: "../../../disk.raw" }]) {
      await using image = await openImage({ "etc/os-release": leaf });
      await image.grub();
      expect(await image.facts()).toMatchObject({ operatingSystem: "unknown" });
    }
  });

  test("for a machine that we do not know is refused", async () => {
    await using image = await openImage({}, 243);
    await image.grub();
    await expect(image.facts()).rejects.toThrow(/ELF 243/);
  });

  test("whose programs are links to this machine's, fifos or scripts has no architecture", async () => {
    for (const leaf of [{ link: "/../../../../../../../usr/bin/dash" }, fifo, "#!/bin/sh\n"]) {
      await using image = await openImage();
      await image.grub();
      await copyFile("/bin/sh", join(image.scratch, "sh"));
      await makeTree(image.root, { "usr/bin/x": leaf });
      await rename(join(image.root, "usr/bin/x"), join(image.root, "usr/bin/dash"));
      await expect(image.facts()).rejects.toMatchObject({ name: "NotBootable" });
    }
  });

  test("whose ESP is links to this machine's files does not boot by them", async () => {
    await using image = await openImage();
    await makeGrub(join(image.scratch, "host.efi"), image.scratch);
    await makeTree(image.root, { "boot/efi/EFI": { link: image.scratch } });
    await expect(image.facts()).rejects.toThrow(/has no \\EFI/);
  });
});
