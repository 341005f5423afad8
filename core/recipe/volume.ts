/*
 * EC2's limits of EBS volumes: CreateVolume and EbsBlockDevice in EC2's API reference (September
 * 2026), and the ratios in the EBS user guide's "volume types".
 */

interface Limits {
  /** GiB. */
  size: readonly [least: number, most: number];
  /** Of a type that takes them; `ratio` is how many a GiB may have. */
  iops?: { range: readonly [least: number, most: number]; ratio: number };
  needsIops?: boolean;
}

const limits = {
  gp3: { size: [1, 65_536], iops: { range: [3000, 80_000], ratio: 500 } },
  gp2: { size: [1, 16_384] },
  io1: { size: [4, 16_384], iops: { range: [100, 64_000], ratio: 50 }, needsIops: true },
  io2: { size: [4, 65_536], iops: { range: [100, 256_000], ratio: 1000 }, needsIops: true },
  st1: { size: [125, 16_384] },
  sc1: { size: [125, 16_384] },
  standard: { size: [1, 1024] },
} as const satisfies Record<string, Limits>;

/** EC2's names. */
export const VOLUME_TYPES = Object.keys(limits) as (keyof typeof limits)[];

/** What gp3 has without asking for more. */
const BASE_IOPS = 3000;
const THROUGHPUT: readonly [number, number] = [125, 2000];
/** MiB/s for each of gp3's IOPS. */
const THROUGHPUT_RATIO = 0.25;

export interface Volume {
  type: keyof typeof limits;
  iops?: number | undefined;
  throughput?: number | undefined;
  /** GiB, where it is known. */
  size?: number | undefined;
}

export interface VolumeComplaint {
  key: "size" | "iops" | "throughput" | "type";
  message: string;
  hint: string;
  on: "key" | "value";
}

const isWithin = (number: number, [least, most]: readonly [number, number]): boolean =>
  number >= least && number <= most;

/** What EC2 refuses of a volume. */
export const volumeComplaints = (volume: Volume): VolumeComplaint[] => [
  ...sizeComplaints(volume),
  ...iopsComplaints(volume),
  ...throughputComplaints(volume),
];

const sizeComplaints = ({ type, size }: Volume): VolumeComplaint[] => {
  const { size: range } = limits[type];
  if (size === undefined || isWithin(size, range)) return [];
  const hint = `${type} has ${range[0]} to ${range[1]} GiB`;
  return [{ key: "size", message: `size is ${size} GiB`, hint, on: "value" }];
};

const iopsComplaints = ({ type, iops, size }: Volume): VolumeComplaint[] => {
  const { iops: taken, needsIops = false }: Limits = limits[type];
  if (iops === undefined && needsIops && taken !== undefined) {
    const hint = `add iops, from ${taken.range[0]} to ${taken.range[1]}, or write type: gp3`;
    return [{ key: "type", message: `${type} needs iops`, hint, on: "value" }];
  }
  if (iops === undefined) return [];
  if (taken === undefined) {
    const hint = "leave iops out, or write type: gp3, io1 or io2";
    return [{ key: "iops", message: `${type} takes no iops`, hint, on: "key" }];
  }
  if (!isWithin(iops, taken.range)) {
    const hint = `${type} takes ${taken.range[0]} to ${taken.range[1]}`;
    return [{ key: "iops", message: `iops is ${iops}`, hint, on: "value" }];
  }
  const most = Math.max((size ?? Infinity) * taken.ratio, type === "gp3" ? BASE_IOPS : 0);
  if (iops <= most) return [];
  const message = `iops is ${iops}, for a disk of ${size} GiB`;
  const hint = `${type} takes at most ${taken.ratio} for each GiB: write at most ${most}`;
  return [{ key: "iops", message, hint, on: "value" }];
};

const aboutThroughput = (
  message: string,
  hint: string,
  on: "key" | "value" = "value",
): VolumeComplaint[] => [{ key: "throughput", message, hint, on }];

const throughputComplaints = ({ type, iops = BASE_IOPS, throughput }: Volume) => {
  if (throughput === undefined) return [];
  if (type !== "gp3") {
    return aboutThroughput(
      `${type} takes no throughput`,
      "leave throughput out, or write type: gp3",
      "key",
    );
  }
  if (!isWithin(throughput, THROUGHPUT)) {
    const [least, most] = THROUGHPUT;
    return aboutThroughput(`throughput is ${throughput}`, `gp3 takes ${least} to ${most} MiB/s`);
  }
  if (throughput <= iops * THROUGHPUT_RATIO) return [];
  const needed = Math.ceil(throughput / THROUGHPUT_RATIO);
  return aboutThroughput(
    `throughput is ${throughput} MiB/s with ${iops} iops`,
    `write iops: ${needed} or more`,
  );
};
