import { crc32, deflateRawSync, gzipSync } from "node:zlib";

/** An entry of a tar as nobody's program would write it. */
export interface TarEntry {
  name: string | Buffer;
  /** `0` file, `1` hard link, `2` link, `3` and `4` devices, `5` folder, `6` fifo. */
  type?: string;
  target?: string;
  mode?: number;
  content?: Buffer | string;
}

const blocks = (content: Buffer): Buffer =>
  Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);

const tarHeader = ({ name, type = "0", target = "", mode = 0o644 }: TarEntry, size: number) => {
  const header = Buffer.alloc(512);
  (typeof name === "string" ? Buffer.from(name) : name).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  header.write("0000000\0".repeat(2), 108, "latin1");
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0        ", 136, "latin1");
  header.write(type, 156, "latin1");
  header.write(target, 157, 100, "utf8");
  header.write("ustar\u000000", 257, "latin1");
  const sum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
};

export const tar = (...entries: TarEntry[]): Buffer =>
  Buffer.concat([
    ...entries.flatMap((entry) => {
      const content = Buffer.from(entry.content ?? "");
      return [tarHeader(entry, content.length), blocks(content)];
    }),
    Buffer.alloc(1024),
  ]);

export const tarGz = (...entries: TarEntry[]): Buffer => gzipSync(tar(...entries));

/** An entry of a zip; `mode` has the type's bits, as stat(2), and is left out as on Windows. */
export interface ZipEntry {
  name: string;
  mode?: number;
  content?: Buffer | string;
  stated?: { crc?: number; size?: number; flags?: number; method?: number };
}

export const zip = (...entries: ZipEntry[]): Buffer => {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const { name, mode, content = "", stated = {} } of entries) {
    const plain = Buffer.from(content);
    const packed = deflateRawSync(plain, { level: 9 });
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(stated.flags ?? 0x800, 2); // names are UTF-8
    common.writeUInt16LE(stated.method ?? 8, 4);
    common.writeUInt32LE(stated.crc ?? crc32(plain), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(stated.size ?? plain.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const before = Buffer.alloc(6);
    before.writeUInt32LE(0x02014b50, 0);
    before.writeUInt16LE(mode === undefined ? 20 : (3 << 8) | 20, 4);
    const after = Buffer.alloc(14);
    after.writeUInt32LE(((mode ?? 0) << 16) >>> 0, 6);
    after.writeUInt32LE(offset, 10);
    central.push(before, common, after, Buffer.from(name));
    const one = [Buffer.from("PK\u0003\u0004"), common, Buffer.from(name), packed];
    local.push(...one);
    offset += one.reduce((sum, { length }) => sum + length, 0);
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
};
