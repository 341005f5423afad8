import type { Activity } from "../../../core/inventory/found/activity.ts";
import type { ImageFiles } from "../image-files.ts";
import { masked } from "../secret/masked.ts";
import { hasSystemd, isExecutable } from "./systemd.ts";
import { isTaken } from "./units.ts";

type Found = Omit<Activity, "package">;

/** Links that start a script: System V's, which systemd's generator reads too, and OpenRC's. */
const sysvLevels = ["S", "2", "3", "4", "5"].flatMap((level) => [
  `/etc/rc${level}.d`,
  `/etc/rc.d/rc${level}.d`,
]);
const openRcLevels = "/etc/runlevels";

/**
 * Scripts of System V's init and of OpenRC, rc.local and inittab. A script counts as started when a
 * run level has it; under systemd only when no unit of its name is there to be taken instead, as
 * systemd-sysv-generator(8) asks, which leaves out the ending `.sh`.
 */
export const initActivity = (files: ImageFiles): Found[] => {
  const started = new Set([...sysvStarted(files), ...openRcStarted(files)]);
  const isReplaced = (name: string) =>
    hasSystemd(files) && isTaken(files, `${name.replace(/\.sh$/, "")}.service`);
  const scripts = ["/etc/init.d", "/etc/rc.d/init.d"].flatMap((folder) =>
    files.names(folder).map((name) => ({ name, path: `${folder}/${name}` })),
  );
  const found = scripts.flatMap(({ name, path }): Found[] => {
    const file = files.find(path);
    if (file?.type !== "file" || !isExecutable(file.mode)) return [];
    const enabled = started.has(name) && !isReplaced(name);
    return [{ kind: "init", name, path: file.path, enabled, runs: path }];
  });
  const own = new Map(found.map((one) => [one.path, one]));
  return [...own.values(), ...locals(files), ...inittab(files)];
};

const sysvStarted = (files: ImageFiles): string[] =>
  sysvLevels.flatMap((folder) =>
    files.names(folder).flatMap((name) => /^S[0-9]{2}(.+)$/.exec(name)?.[1] ?? []),
  );

/** Run levels that are named by nothing at boot have another kernel's command line. */
const openRcStarted = (files: ImageFiles): string[] =>
  ["sysinit", "boot", "default"].flatMap((level) => files.names(`${openRcLevels}/${level}`));

/** Scripts that are run when everything else was started. */
const locals = (files: ImageFiles): Found[] => {
  const started = files.names(`${openRcLevels}/default`).includes("local");
  const ofOpenRc = files.names("/etc/local.d").filter((name) => name.endsWith(".start"));
  const paths: [path: string, enabled: boolean][] = [
    ...["/etc/rc.local", "/etc/rc.d/rc.local"].map((path): [string, boolean] => [path, true]),
    ...ofOpenRc.map((name): [string, boolean] => [`/etc/local.d/${name}`, started]),
  ];
  const found = new Map<string, Found>();
  for (const [path, enabled] of paths) {
    const file = files.find(path);
    if (file?.type !== "file" || !isExecutable(file.mode)) continue;
    found.set(file.path, { kind: "init", name: path, path: file.path, enabled, runs: path });
  }
  return [...found.values()];
};

const inittabPath = "/etc/inittab";

/** inittab(5) of sysvinit and busybox; systemd does not read it. */
const inittab = (files: ImageFiles): Found[] =>
  (files.text(inittabPath) ?? "").split("\n").flatMap((line, index): Found[] => {
    const [id = "", , action = "", ...rest] = line.trim().split(":");
    const runs = rest.join(":");
    if (id.startsWith("#") || runs === "" || /^(?:off|initdefault)$/.test(action)) return [];
    const name = `${inittabPath}:${index + 1}`;
    const enabled = !hasSystemd(files);
    return [{ kind: "init", name, path: inittabPath, enabled, runs: masked(runs) }];
  });
