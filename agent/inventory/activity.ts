import type { Activity } from "../../core/inventory/found/activity.ts";
import { cronActivity } from "./activity/cron.ts";
import { initActivity } from "./activity/init.ts";
import { systemdActivity } from "./activity/systemd.ts";
import type { ImageFiles } from "./image-files.ts";
import type { Owners } from "./owners.ts";

/** What runs on its own in an image, started at boot or not; by kind, name and path. */
export const findActivity = (files: ImageFiles, owners: Owners): Activity[] => {
  const units = systemdActivity(files);
  const scripts = initActivity(files);
  const all = [...units, ...scripts, ...cronActivity(files, [...units, ...scripts])];
  return all
    .map((one): Activity => {
      const owner = owners.packageOf(files.find(one.path)?.path ?? one.path);
      return { ...one, ...(owner !== undefined && { package: owner }) };
    })
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
};

const keyOf = ({ kind, name, path }: Activity): string => `${kind}\0${name}\0${path}`;
