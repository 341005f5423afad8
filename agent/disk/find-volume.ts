import { UnsupportedDisk } from "../../core/errors.ts";
import { decoded } from "./content.ts";
import { shown } from "./shown.ts";
import type { Volume } from "./volume.ts";

/**
 * What an fstab's first field says: one of this disk's volumes; a device that is none of them; or
 * nothing local at all (a network share, a memory file system, a path).
 */
export type Found = { kind: "volume"; volume: Volume } | { kind: "elsewhere" } | { kind: "other" };

type Tag = "UUID" | "LABEL" | "PARTUUID" | "PARTLABEL";

const links: Record<string, Tag> = {
  "by-uuid": "UUID",
  "by-label": "LABEL",
  "by-partuuid": "PARTUUID",
  "by-partlabel": "PARTLABEL",
};

/**
 * The first disk of a machine, under every kernel's names for it, and its partition: an image has
 * one disk, so a second one's name is a disk that is not there.
 */
const firstDisk = /^(?:(?:sd|vd|xvd|hd)a(\d*)|(?:nvme0n1|mmcblk0)(?:p(\d+))?)$/;

/** The volume that a field names, of all of the disk's. Throws UnsupportedDisk. */
export const findVolume = (spec: string, volumes: readonly Volume[]): Found => {
  const [, tag, value] = /^(UUID|LABEL|PARTUUID|PARTLABEL)=(.*)$/s.exec(spec) ?? [];
  if (tag !== undefined) return tagged(tag as Tag, value ?? "", volumes);
  const [, folder = "", name = ""] = /^\/dev\/disk\/([^/]+)\/(.+)$/s.exec(spec) ?? [];
  const linked = links[folder];
  if (linked !== undefined) return tagged(linked, decoded(name), volumes);
  if (!spec.startsWith("/dev/")) return { kind: "other" };
  return node(spec, volumes);
};

const tagged = (tag: Tag, value: string, volumes: readonly Volume[]): Found => {
  const matching = volumes.filter((volume) => same(tag, valueOf(tag, volume), value));
  if (matching.length > 1) {
    const titles = matching.map(({ title }) => title).join(" and ");
    throw new UnsupportedDisk(
      `the image's fstab names ${tag}=${shown(value)}, and ${titles} both have it; ` +
        "each would need one of its own",
    );
  }
  return found(matching[0]);
};

const valueOf = (tag: Tag, { content, partition }: Volume): string | undefined => {
  switch (tag) {
    case "UUID":
      return content?.uuid;
    case "LABEL":
      return content?.label;
    case "PARTUUID":
      return partition?.uuid;
    case "PARTLABEL":
      return partition?.label;
  }
};

/** Hexadecimal digits are the same in either case; labels are not. */
const same = (tag: Tag, one: string | undefined, other: string): boolean =>
  tag === "UUID" || tag === "PARTUUID"
    ? one?.toLowerCase() === other.toLowerCase()
    : one === other && other !== "";

const node = (spec: string, volumes: readonly Volume[]): Found => {
  const name = spec.slice("/dev/".length);
  const mapped = volumes.find(
    ({ mapper }) =>
      mapper !== undefined && (mapper.node === spec || `${mapper.group}/${mapper.name}` === name),
  );
  if (mapped !== undefined) return found(mapped);
  const disk = firstDisk.exec(name);
  if (disk === null) return { kind: "elsewhere" };
  const number = disk[1] || disk[2];
  return found(
    volumes.find(({ partition, mapper }) =>
      // Xen's machines of one file system call it /dev/xvda1, though there is no partition
      partition === undefined ? mapper === undefined : String(partition.number) === number,
    ),
  );
};

const found = (volume: Volume | undefined): Found =>
  volume === undefined ? { kind: "elsewhere" } : { kind: "volume", volume };
