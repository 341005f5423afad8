import { mkdir, readdir, readFile, rename, truncate, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { importDisk } from "../../../local/disk-format/import-disk.ts";
import {
  converted,
  type Disks,
  diskSize,
  mebibyte,
  never,
  openDisks,
  patch,
  run,
} from "./disks.ts";

const create = (...words: string[]) => run("qemu-img", ["create", "-q", ...words]);

/** A footer of that type, with its sum as it should be. */
const retyped = async (file: string, type: number) => {
  const footer = (await readFile(file)).subarray(-512);
  footer.writeUInt32BE(type, 60);
  footer.writeUInt32BE(0, 64);
  footer.writeUInt32BE(~footer.reduce((sum, byte) => sum + byte, 0) >>> 0, 64);
  return footer;
};

const number = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
};

/** Makes a file that is refused, and answers its name. */
type Make = (disks: Disks) => Promise<string>;

const cutOff = (name: string, words: readonly string[], part: number): Make => {
  return async (disks) => {
    const file = await converted(disks, name, words);
    await truncate(file, Math.floor(((await readFile(file)).length * part) / 512) * 512);
    return name;
  };
};

const made = (name: string, content: Buffer | string): Make => {
  return async ({ at }) => {
    await writeFile(at(name), content);
    return name;
  };
};

const refused: [what: string, message: RegExp, make: Make][] = [
  [
    "a qcow2 with a backing file",
    /is the difference to another disk \(\/etc\/shadow\): flatten it with/,
    async ({ at }) => {
      await create("-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", at("x.qcow2"), "1M");
      return "x.qcow2";
    },
  ],
  [
    "a qcow2 with an external data file",
    /keeps its data in another file: put it in one/,
    async ({ at }) => {
      const options = ["-o", `data_file=${at("data")},data_file_raw=on`];
      await create("-f", "qcow2", ...options, at("x.qcow2"), "1M");
      return "x.qcow2";
    },
  ],
  [
    "an encrypted qcow2",
    /is encrypted: convert it/,
    async (disks) => {
      const file = await converted(disks, "x.qcow2", ["-O", "qcow2"]);
      await patch(file, 32, Buffer.from([0, 0, 0, 2]));
      return "x.qcow2";
    },
  ],
  [
    "a qcow2 that is marked as corrupt",
    /is marked as corrupt: repair it/,
    async (disks) => {
      const file = await converted(disks, "x.qcow2", ["-O", "qcow2"]);
      await patch(file, 72, number(2n));
      return "x.qcow2";
    },
  ],
  [
    "a qcow2 that claims nearly 8 EiB",
    /claims to be a disk of 9223372036854775296 bytes/,
    async (disks) => {
      const file = await converted(disks, "x.qcow2", ["-O", "qcow2"]);
      await patch(file, 24, number(2n ** 63n - 512n));
      return "x.qcow2";
    },
  ],
  [
    "a qcow2 that claims a petabyte",
    /claims to be a disk of 1125899906842624 bytes: a disk has 1 byte to 64 TiB/,
    async ({ at }) => {
      await create("-f", "qcow2", "-o", "cluster_size=2M", at("x.qcow2"), "1P");
      return "x.qcow2";
    },
  ],
  [
    "a qcow2 of no size",
    /claims to be a disk of 0 bytes/,
    async ({ at }) => {
      await create("-f", "qcow2", at("x.qcow2"), "0");
      return "x.qcow2";
    },
  ],
  [
    "a VMDK that is a description of flat extents",
    /describes a disk that is in other files \(x-flat\.vmdk\): make one file/,
    async (disks) => {
      await converted(disks, "x.vmdk", ["-O", "vmdk", "-o", "subformat=monolithicFlat"]);
      return "x.vmdk";
    },
  ],
  [
    "a VMDK in pieces",
    /is in other files \(x-s001\.vmdk\)/,
    async (disks) => {
      await converted(disks, "x.vmdk", ["-O", "vmdk", "-o", "subformat=twoGbMaxExtentSparse"]);
      return "x.vmdk";
    },
  ],
  [
    "a VMDK that describes the host's files as its extents",
    /is in other files \(\/etc\/shadow\)/,
    made("x.vmdk", '# Disk DescriptorFile\nRW 8 FLAT "/etc/shadow" 0\n'),
  ],
  [
    "a VMDK whose sparse header hides a description of another file",
    /describes a disk that is in other files: make one file/,
    async (disks) => {
      const file = await converted(disks, "x.vmdk", ["-O", "vmdk"]);
      await patch(file, 12, Buffer.alloc(8));
      return "x.vmdk";
    },
  ],
  [
    "a VMDK whose own description names another file",
    /is in other files \(x\.vmdk, \/etc\/shadow\)/,
    async (disks) => {
      const file = await converted(disks, "x.vmdk", ["-O", "vmdk"]);
      const text = (await readFile(file)).toString("latin1", 512, 2048);
      const more = text.replace(/(RW .*"\n)/, '$1RW 8 FLAT "/etc/shadow" 0\n');
      await patch(file, 512, Buffer.from(more.slice(0, 1536), "latin1"));
      return "x.vmdk";
    },
  ],
  [
    "a VMDK of a snapshot",
    /is the difference to another disk \(base\.vmdk\): consolidate/,
    async ({ at, path }) => {
      await create("-f", "vmdk", at("base.vmdk"), "1M");
      const words = ["create", "-q", "-f", "vmdk", "-b", "base.vmdk", "-F", "vmdk", "x.vmdk"];
      await run("qemu-img", words, { cwd: path });
      return "x.vmdk";
    },
  ],
  [
    "a differencing VHD",
    /is the difference to another disk: merge it/,
    async (disks) => {
      const file = await converted(disks, "x.vhd", ["-O", "vpc"]);
      const { length } = await readFile(file);
      await patch(file, length - 512, await retyped(file, 4));
      return "x.vhd";
    },
  ],
  [
    "a VHD of an unknown type",
    /is a VHD of type 6/,
    async (disks) => {
      const file = await converted(disks, "x.vhd", ["-O", "vpc"]);
      const { length } = await readFile(file);
      await patch(file, length - 512, await retyped(file, 6));
      return "x.vhd";
    },
  ],
  [
    "a VHD with a wrong sum",
    /has a footer with a wrong checksum/,
    async (disks) => {
      const file = await converted(disks, "x.vhd", ["-O", "vpc"]);
      const { length } = await readFile(file);
      await patch(file, length - 512 + 48, Buffer.alloc(8));
      return "x.vhd";
    },
  ],
  [
    "a fixed VHD whose middle is missing",
    /states a disk of 41943040 bytes and holds 20971008: fetch/,
    async (disks) => {
      const words = ["-O", "vpc", "-o", "subformat=fixed,force_size=on"];
      const file = await converted(disks, "x.vhd", words);
      const footer = (await readFile(file)).subarray(-512);
      await truncate(file, diskSize / 2);
      await patch(file, diskSize / 2 - 512, footer);
      return "x.vhd";
    },
  ],
  [
    "half a qcow2",
    /is damaged or cut off, .*fetch or copy it again/,
    cutOff("x.qcow2", ["-O", "qcow2"], 0.5),
  ],
  [
    "most of a compressed qcow2",
    /is damaged or cut off/,
    cutOff("x.qcow2", ["-c", "-O", "qcow2"], 0.9),
  ],
  ["half a VMDK", /is damaged or cut off/, cutOff("x.vmdk", ["-O", "vmdk"], 0.5)],
  [
    "most of a stream-optimized VMDK",
    /is damaged or cut off/,
    cutOff("x.vmdk", ["-O", "vmdk", "-o", "subformat=streamOptimized"], 0.9),
  ],
  [
    "half a dynamic VHD",
    /has no footer at its end: it is cut off/,
    cutOff("x.vhd", ["-O", "vpc"], 0.5),
  ],
  [
    "half a fixed VHD",
    /ends in \.vhd, but nothing in it says vhd: it is damaged or cut off/,
    cutOff("x.vhd", ["-O", "vpc", "-o", "subformat=fixed"], 0.5),
  ],
  [
    "half a raw disk",
    /is 20971520 bytes long, and by its partition table the disk has 41943040: it is cut off/,
    cutOff("x.raw", ["-O", "raw"], 0.5),
  ],
  [
    "half a raw disk with an MBR",
    /by its partition table the disk has 41943040/,
    async ({ at }) => {
      await writeFile(at("x.img"), Buffer.alloc(diskSize / 2));
      const entry = Buffer.from("0000000083000000000800000038010000", "hex").subarray(0, 16);
      await patch(at("x.img"), 446, entry);
      await patch(at("x.img"), 510, Buffer.from([0x55, 0xaa]));
      return "x.img";
    },
  ],
  [
    "a raw disk with half a sector",
    /is 768 bytes long, and a disk is a multiple of 512/,
    made("x.raw", Buffer.alloc(768)),
  ],
  [
    "the header of a qcow2 alone",
    /is cut off/,
    made("x.qcow2", Buffer.from("QFI\u00fb\0\0\0\u0003", "latin1")),
  ],
  ["an empty file", /is empty: fetch or copy it again/, made("x.raw", "")],
  ["what is not there", /x\.raw: there is no such file/, async () => "x.raw"],
  [
    "a folder",
    /is a folder: name a disk's file/,
    async ({ at }) => {
      await mkdir(at("x.raw"));
      return "x.raw";
    },
  ],
  [
    "a fifo",
    /is a fifo: name a disk's file/,
    async ({ at }) => {
      await run("mkfifo", [at("x.raw")]);
      return "x.raw";
    },
  ],
  [
    "a device",
    /is no regular file: name a disk's file/,
    async ({ at }) => {
      await run("mknod", [at("x.raw"), "c", "1", "5"]);
      return "x.raw";
    },
  ],
  [
    "a packed image by the name of a raw one",
    /x\.raw is packed by gzip: unpack it first, with `gunzip`/,
    made("x.raw", gzipSync(Buffer.alloc(mebibyte))),
  ],
  [
    "a qcow2 by the name of a raw disk",
    /x\.raw ends in \.raw, but its content is qcow2: rename it to end in \.qcow2/,
    async (disks) => {
      await converted(disks, "x.raw", ["-O", "qcow2"]);
      return "x.raw";
    },
  ],
  [
    "a raw disk by the name of a qcow2",
    /x\.qcow2 ends in \.qcow2, but nothing in it says qcow2/,
    async ({ at }) => {
      await rename(at("disk.raw"), at("x.qcow2"));
      return "x.qcow2";
    },
  ],
  [
    "a VirtualBox disk",
    /is a VirtualBox VDI disk: convert it first, with `qemu-img convert -f vdi -O qcow2`/,
    async (disks) => {
      await converted(disks, "x.img", ["-O", "vdi"]);
      return "x.img";
    },
  ],
  [
    "an installer's CD",
    /x\.iso is by its name the image of a CD or DVD/,
    made("x.iso", Buffer.alloc(512)),
  ],
];

test.each(refused)(
  "%s is refused in a sentence, and nothing is made of it",
  async (_, message, make) => {
    await using disks = await openDisks();
    const file = disks.at(await make(disks));
    const importing = importDisk({ file, to: disks.at("to"), signal: never });
    await expect(importing).rejects.toMatchObject({
      name: "UnusableDisk",
      message: expect.stringMatching(message),
    });
    expect(await readdir(disks.path)).not.toContain("to");
  },
);

test("a disk that a machine runs on is refused as one in use", async () => {
  await using disks = await openDisks();
  const file = await converted(disks, "x.qcow2", ["-O", "qcow2"]);
  const holder = run("qemu-io", ["-f", "qcow2", file]); // open for writing until its input ends
  try {
    await until(async () => {
      const attempt = importDisk({ file, to: disks.at("to"), signal: never });
      const error = await attempt.then(
        () => undefined,
        (error: unknown) => error,
      );
      await run("rm", ["-f", disks.at("to")]);
      return (
        error instanceof Error && error.message.includes("x.qcow2 is in use: stop the machine")
      );
    });
  } finally {
    holder.child.stdin?.end();
    await holder;
  }
});

/** Throws when it is not so within some tries. */
const until = async (isSo: () => Promise<boolean>) => {
  for (let tries = 0; tries < 20; tries++) if (await isSo()) return;
  throw new Error("it never was so");
};
