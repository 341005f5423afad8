import { posix } from "node:path";
import type { Activity, Telemetry } from "../../core/inventory/found/activity.ts";
import type { ImageFiles } from "./image-files.ts";
import { type KnownTelemetry, knownTelemetry } from "./telemetry/known.ts";
import type { Settings } from "./telemetry/settings.ts";

/** Programs of an image that are known to send data to others, in the table's order. */
export const findTelemetry = (files: ImageFiles, activity: readonly Activity[]): Telemetry[] => {
  const started = new Set(activity.filter(({ enabled }) => enabled).map(({ name }) => name));
  const isStarted = (...units: string[]) => units.some((unit) => started.has(unit));
  return knownTelemetry.flatMap((known) => foundOf(known, { files, isStarted }));
};

const foundOf = (known: KnownTelemetry, settings: Settings): Telemetry[] => {
  const signs = known.signs.flatMap((sign) => matching(settings.files, sign));
  const { name, remedy, each = false } = known;
  const found = signs.map((path): Telemetry => {
    return { name, path, active: known.isActive(settings, path), remedy };
  });
  return each ? found.filter(({ active }) => active) : found.slice(0, 1);
};

const matching = (files: ImageFiles, sign: string): string[] => {
  const folder = posix.dirname(sign);
  const [before, after] = posix.basename(sign).split("*");
  if (before === undefined || after === undefined) return files.find(sign) ? [sign] : [];
  return files
    .names(folder)
    .filter((name) => name.startsWith(before) && name.endsWith(after))
    .map((name) => `${folder}/${name}`);
};
