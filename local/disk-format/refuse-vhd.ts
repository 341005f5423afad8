import { UnusableDisk } from "../../core/errors.ts";

/** The footer, from Microsoft's Virtual Hard Disk Image Format Specification 1.0; big-endian. */
const footerSize = 512;
const currentSize = 48;
const diskType = 60;
const checksum = 64;

const types: Record<number, "fixed" | "dynamic" | "differencing"> = {
  2: "fixed",
  3: "dynamic",
  4: "differencing",
};

/** Refuses a VHD that is damaged or not all in its file; `size` is the file's. Throws UnusableDisk. */
export const refuseVhd = (file: string, footer: Buffer, size: number): void => {
  if (footer.toString("latin1", 0, 8) !== "conectix") {
    throw new UnusableDisk(
      `${file} has no footer at its end: it is cut off, fetch or copy it again`,
    );
  }
  if (footer.readUInt32BE(checksum) !== sumOf(footer)) {
    throw new UnusableDisk(`${file} has a footer with a wrong checksum: fetch or copy it again`);
  }
  const number = footer.readUInt32BE(diskType);
  const type = types[number];
  if (type === undefined) {
    throw new UnusableDisk(
      `${file} is a VHD of type ${number}, which nobody defined: a fixed or dynamic one would do`,
    );
  }
  if (type === "differencing") {
    throw new UnusableDisk(
      `${file} is the difference to another disk: merge it into that one (Hyper-V: Merge-VHD)`,
    );
  }
  const stated = footer.readBigUInt64BE(currentSize);
  if (type === "fixed" && stated !== BigInt(size - footerSize)) {
    throw new UnusableDisk(
      `${file} states a disk of ${stated} bytes and holds ${size - footerSize}: fetch or copy it again`,
    );
  }
};

/** The one's complement of the sum of all bytes but the checksum's own. */
const sumOf = (footer: Buffer): number => {
  const sum = footer.reduce(
    (sum, byte, at) => (at >= checksum && at < checksum + 4 ? sum : sum + byte),
    0,
  );
  return ~sum >>> 0;
};
