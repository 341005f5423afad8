import type { Activity } from "../../../core/inventory/found/activity.ts";
import type { ImageFiles } from "../image-files.ts";
import { masked } from "../secret/masked.ts";
import { startedUnits, triggered } from "./started.ts";
import { type Unit, unitsIn } from "./units.ts";

type Found = Omit<Activity, "package">;

const kinds = ["service", "timer", "socket", "path"] as const;

const kindOf = (name: string) => kinds.find((kind) => name.endsWith(`.${kind}`));

/** Whether the image is booted by systemd. */
export const hasSystemd = (files: ImageFiles): boolean =>
  ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"].some((path) => files.find(path));

/**
 * Services, timers, sockets and paths of the system's own systemd, and whether they are started
 * without anybody asking. Users' units are not among them: they are started for who logs in, or for
 * who lingers, who is named.
 */
export const systemdActivity = (files: ImageFiles): Found[] => {
  if (!hasSystemd(files)) return [];
  const units = unitsIn(files);
  const started = startedUnits(units);
  const own = units.names.flatMap((name) => units.load(name) ?? []);
  const all = new Map([...own.map((unit): [string, Unit] => [unit.name, unit]), ...started]);
  const found = [...all.values()].flatMap((unit): Found[] => {
    const kind = kindOf(unit.name);
    if (kind === undefined) return [];
    const { name, path } = unit;
    const runs = runsOf(unit);
    const enabled = started.has(name);
    return [{ kind, name, path, enabled, ...(runs !== undefined && { runs }) }];
  });
  return [...found, ...lingering(files), ...generators(files)];
};

/** All that a service runs to start, in the order in which it does. */
const commands = ["ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost"];

const runsOf = (unit: Unit): string | undefined => {
  if (unit.masked) return undefined;
  const [other] = triggered(unit);
  if (other !== undefined) return masked(other);
  const runs = commands.flatMap((name) => unit.settings.get(`Service.${name}`) ?? []);
  return runs.length === 0 ? undefined : masked(runs.join("\n"));
};

const lingerFolder = "/var/lib/systemd/linger";

/** Users whose units are started at boot: loginctl(1), `enable-linger`. */
const lingering = (files: ImageFiles): Found[] =>
  files.names(lingerFolder).map((account) => ({
    ...{ kind: "service", name: `user@${account}.service`, path: `${lingerFolder}/${account}` },
    enabled: true,
  }));

/** Programs that systemd runs before everything else: systemd.generator(7). */
const generatorFolders = ["/etc/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd"].flatMap(
  (folder) => [`${folder}/system-generators`, `${folder}/system-environment-generators`],
);

const generators = (files: ImageFiles): Found[] =>
  generatorFolders.flatMap((folder) =>
    files.names(folder).flatMap((name): Found[] => {
      const path = `${folder}/${name}`;
      const found = files.find(path);
      if (found?.type !== "file" || !isExecutable(found.mode)) return [];
      return [{ kind: "init", name: path, path, enabled: true, runs: path }];
    }),
  );

/** Whether anybody may run it: `0755`. */
export const isExecutable = (mode: string): boolean => /[1357]/.test(mode.slice(1));
