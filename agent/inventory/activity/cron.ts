import type { Activity } from "../../../core/inventory/found/activity.ts";
import type { ImageFiles } from "../image-files.ts";
import { masked } from "../secret/masked.ts";
import { isExecutable } from "./systemd.ts";

type Found = Omit<Activity, "package">;

/** crontab(5): five fields or a word for them; in some files the account stands before the command. */
const times = String.raw`(?:@[a-z]+|(?:[-0-9*,/~a-zA-Z]+\s+){4}[-0-9*,/~a-zA-Z]+)`;
const withAccount = new RegExp(String.raw`^${times}\s+\S+\s+(.+)$`);
const ofAccount = new RegExp(String.raw`^${times}\s+(.+)$`);
/** anacrontab(5): days, minutes, a name, and the command. */
const anacron = /^(?:[0-9]+|@[a-z]+)\s+[0-9]+\s+\S+\s+(.+)$/;

const tables: readonly [form: RegExp, paths: readonly string[]][] = [
  [withAccount, ["/etc/crontab"]],
  [anacron, ["/etc/anacrontab"]],
];

const tableFolders: readonly [form: RegExp, folders: readonly string[]][] = [
  [withAccount, ["/etc/cron.d", "/usr/lib/cron.d"]],
  [ofAccount, ["/var/spool/cron/crontabs", "/var/spool/cron", "/etc/crontabs"]],
];

/** Folders whose programs are run: Debian's and Red Hat's, and Alpine's. */
const programFolders = [
  ...["hourly", "daily", "weekly", "monthly", "yearly"].map((when) => `/etc/cron.${when}`),
  ...["15min", "hourly", "daily", "weekly", "monthly"].map((when) => `/etc/periodic/${when}`),
];

const jobFolders = ["/var/spool/cron/atjobs", "/var/spool/at"];

/** A daemon that runs what is in crontabs, by the name of its unit or init script. */
const daemon =
  /^(?:cron|crond|cronie|anacron|fcron|dcron|bcron|systemd-cron)(?:\.(?:service|timer))?$|^cron\.target$/;
const jobDaemon = /^atd(?:\.service)?$/;

/** What cron, anacron and at would run, as far as one of `others` is their daemon and is started. */
export const cronActivity = (files: ImageFiles, others: readonly Found[]): Found[] => {
  const runs = (name: RegExp) => others.some((one) => one.enabled && name.test(one.name));
  const enabled = runs(daemon);
  const lines = crontabs(files).flatMap(({ path, form }) => commandsIn(files, path, form));
  const programs = programFolders.flatMap((folder) => programsIn(files, folder));
  const jobs = jobFolders.flatMap((folder) => jobsIn(files, folder, runs(jobDaemon)));
  return [...[...lines, ...programs].map((one) => ({ ...one, enabled })), ...jobs];
};

const crontabs = (files: ImageFiles): { path: string; form: RegExp }[] => [
  ...tables.flatMap(([form, paths]) => paths.map((path) => ({ path, form }))),
  ...tableFolders.flatMap(([form, folders]) =>
    folders.flatMap((folder) =>
      files.names(folder).map((name) => ({ path: `${folder}/${name}`, form })),
    ),
  ),
];

const commandsIn = (files: ImageFiles, path: string, form: RegExp): Omit<Found, "enabled">[] =>
  (files.text(path) ?? "").split("\n").flatMap((line, index) => {
    const [, command] = form.exec(line.trim().slice(0, longestLine)) ?? [];
    if (command === undefined || line.trim().startsWith("#")) return [];
    return [{ kind: "cron" as const, name: `${path}:${index + 1}`, path, runs: masked(command) }];
  });

/** cron takes a thousand characters. */
const longestLine = 4000;

const programsIn = (files: ImageFiles, folder: string): Omit<Found, "enabled">[] =>
  files.names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    const file = files.find(path);
    if (file?.type !== "file" || !isExecutable(file.mode)) return [];
    return [{ kind: "cron" as const, name: path, path, runs: path }];
  });

/** A job has the environment of who gave it, so nothing of it is shown. */
const jobsIn = (files: ImageFiles, folder: string, enabled: boolean): Found[] =>
  files.names(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (files.find(path)?.type !== "file" || name.startsWith(".")) return [];
    return [{ kind: "cron" as const, name: path, path, enabled }];
  });
