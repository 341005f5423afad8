import * as z from "zod";
import { UnsupportedDisk } from "../../core/errors.ts";
import type { Volume } from "./volume.ts";

/** What `vgs --reportformat json` says. */
export const GroupReport = z.object({
  report: z.array(
    z.object({
      vg: z.array(
        z.object({
          vg_name: z.string(),
          vg_uuid: z.string(),
          pv_count: z.string(),
          vg_missing_pv_count: z.string(),
        }),
      ),
    }),
  ),
});

/** What `lvs --reportformat json --units b --nosuffix` says. */
export const VolumeReport = z.object({
  report: z.array(
    z.object({
      lv: z.array(
        z.object({
          lv_name: z.string(),
          vg_name: z.string(),
          lv_dm_path: z.string(),
          lv_size: z.string(),
          lv_active: z.string(),
        }),
      ),
    }),
  ),
});

/** lvm(8) allows these in names; what has others is not LVM's own. */
const plainName = /^[A-Za-z0-9+_][A-Za-z0-9+_.-]*$/;

/**
 * The group that a physical volume belongs to; undefined when it belongs to none yet.
 * Throws UnsupportedDisk.
 */
export const groupOf = (report: unknown, title: string): string | undefined => {
  const [group, other] = GroupReport.parse(report).report.flatMap(({ vg }) => vg);
  if (group === undefined) return undefined;
  if (other !== undefined || !plainName.test(group.vg_name)) {
    throw new UnsupportedDisk(`${title} has LVM metadata that names no group that there can be`);
  }
  if (Number(group.pv_count) !== 1 || Number(group.vg_missing_pv_count) !== 0) {
    throw new UnsupportedDisk(
      `${title} is one of ${group.pv_count} physical volumes of the group ${group.vg_name}; ` +
        "a group on one partition of one disk would be right",
    );
  }
  return group.vg_name;
};

/** The active volumes of a group. Throws UnsupportedDisk. */
export const volumesOf = (report: unknown, group: string): Volume[] =>
  VolumeReport.parse(report)
    .report.flatMap(({ lv }) => lv)
    .filter((lv) => lv.vg_name === group && lv.lv_active === "active")
    .map((lv) => {
      if (!plainName.test(lv.lv_name) || lv.lv_dm_path !== mapperPath(group, lv.lv_name)) {
        throw new UnsupportedDisk(`the group ${group} has a volume that no LVM made`);
      }
      return {
        ...{ title: `logical volume ${group}/${lv.lv_name}`, start: 0, size: Number(lv.lv_size) },
        mapper: { node: lv.lv_dm_path, group, name: lv.lv_name },
      };
    });

/** Device-mapper's name doubles every hyphen of either part. */
export const mapperPath = (group: string, name: string): string =>
  `/dev/mapper/${doubled(group)}-${doubled(name)}`;

const doubled = (name: string): string => name.replaceAll("-", "--");

/** Whether one of the names that `dmsetup info` lists is a volume of a group of that name. */
export const isActive = (names: string, group: string): boolean =>
  names.split("\n").some((name) => {
    const rest = name.trim();
    const start = `${doubled(group)}-`;
    return rest.startsWith(start) && rest[start.length] !== "-";
  });

/**
 * Options that let LVM see one device and no other, so that the host's groups are neither read nor
 * touched; its nodes are made without a udev, and nothing is written to the host's /etc/lvm.
 */
export const onlyDevice = (device: string): string[] => [
  "--config",
  [
    `devices { filter=["a|^${device}$|","r|.*|"] global_filter=["a|^${device}$|","r|.*|"]`,
    "use_devicesfile=0 scan_lvs=0 }",
    "activation { udev_sync=0 udev_rules=0 monitoring=0 }",
    "backup { backup=0 archive=0 }",
    "global { event_activation=0 }",
  ].join(" "),
];
