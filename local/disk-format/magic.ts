import type { DiskFormat } from "./format.ts";

/** The beginning of a file, 64 KiB or all of it, and its last sector. */
export interface Ends {
  head: Buffer;
  tail: Buffer;
}

/** A format that disks are read in, or what else the content is and what to do about it. */
type Content = { format: DiskFormat } | { is: string; instead: string };

interface Magic {
  at: number;
  bytes: Buffer;
  content: Content;
}

const magic = (at: number, bytes: string, content: Content): Magic => ({
  at,
  bytes: Buffer.from(bytes, "latin1"),
  content,
});

const packed = (kind: string, program: string): Content => ({
  is: `packed by ${kind}`,
  instead: `unpack it first, with \`${program}\`, and name what is in it`,
});

const foreign = (is: string, driver: string): Content => ({
  is,
  instead: `convert it first, with \`qemu-img convert -f ${driver} -O qcow2\``,
});

/** The first that fits counts. QEMU's drivers know disks by the same bytes (block/*.c, `_probe`). */
const magics: readonly Magic[] = [
  magic(0, "QFI\xfb\0\0\0\x01", foreign("a qcow disk of version 1", "qcow")),
  magic(0, "QFI\xfb", { format: "qcow2" }),
  magic(0, "KDMV", { format: "vmdk" }),
  magic(0, "# Disk DescriptorFile", { format: "vmdk" }),
  magic(0, "COWD", foreign("an ESX COWD disk", "vmdk")),
  magic(0, "vhdxfile", foreign("a VHDX disk", "vhdx")),
  magic(0, "QED\0", foreign("a QED disk", "qed")),
  magic(0x40, "\x7f\x10\xda\xbe", foreign("a VirtualBox VDI disk", "vdi")),
  magic(0, "\x1f\x8b", packed("gzip", "gunzip")),
  magic(0, "\xfd7zXZ\0", packed("xz", "unxz")),
  magic(0, "\x28\xb5\x2f\xfd", packed("zstd", "unzstd")),
  magic(0, "\x04\x22\x4d\x18", packed("lz4", "unlz4")),
  magic(0, "BZh", packed("bzip2", "bunzip2")),
  magic(0, "PK\x03\x04", packed("zip", "unzip")),
  magic(0, "7z\xbc\xaf\x27\x1c", packed("7-Zip", "7z x")),
  magic(257, "ustar", packed("tar", "tar -xf")),
];

/** The cookie of a VHD's footer, of which all but the fixed kind have a copy in front. */
const vhdCookie = "conectix";

/** What the content says it is; raw, when it says nothing. */
export const formatByContent = ({ head, tail }: Ends): Content => {
  const found = magics.find(({ at, bytes }) => head.subarray(at, at + bytes.length).equals(bytes));
  if (found !== undefined) return found.content;
  const isVhd = [head, tail].some((end) => end.toString("latin1", 0, 8) === vhdCookie);
  return { format: isVhd ? "vhd" : "raw" };
};
