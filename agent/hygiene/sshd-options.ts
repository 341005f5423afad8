import { posix } from "node:path";
import { globbed, type SomeFiles } from "../files-inside.ts";
import { startedUnits } from "../inventory/activity/started.ts";
import { addSettings, type UnitSettings } from "../inventory/activity/unit-file.ts";
import { type Unit, unitsIn } from "../inventory/activity/units.ts";
import { assignments, execWords, quotedWords } from "./exec-words.ts";

/** What an image's sshd is told by the words of its command. */
export interface SshdOptions {
  /** Configuration files: `-f`. */
  configs: string[];
  /** Lines of configuration, `-o`, and where they are. */
  settings: { path: string; line: number; text: string }[];
}

/**
 * The options of every sshd that a unit of an image would run, started or not, with its drop-ins
 * and what fills its variables; and those that init's scripts are given. Throws UnusablePath.
 */
export const sshdOptions = (files: SomeFiles): SshdOptions => {
  const all = [...ofUnits(files), ...variableFiles.flatMap((path) => ofVariables(files, path))];
  return {
    configs: [...new Set(all.flatMap(({ configs }) => configs))],
    settings: distinct(all.flatMap(({ settings }) => settings)),
  };
};

/** A file of variables is read for itself, and for each unit that is given it. */
const distinct = (settings: SshdOptions["settings"]): SshdOptions["settings"] => [
  ...new Map(settings.map((one) => [JSON.stringify(one), one])).values(),
];

/** What init's scripts of Debian, Red Hat, SUSE and OpenRC read before they start sshd. */
const variableFiles = ["default", "sysconfig", "conf.d"].flatMap((folder) =>
  ["ssh", "sshd"].map((name) => `/etc/${folder}/${name}`),
);

/** Their variables that are a configuration file. */
const configVariables = /^(?:SSHD_CONFIG|cfgfile)$/;

const ofVariables = (files: SomeFiles, path: string): SshdOptions[] => {
  const text = files.text(path);
  if (text === undefined) return [];
  const environment = new Map<string, string>();
  return assignments(text).map(([name, value]) => {
    const words = execWords(value, environment);
    environment.set(name, words.join(" "));
    const named = configVariables.test(name) ? ["-f", value] : [];
    return optionsOf(files, [...named, ...words], [path]);
  });
};

const ofUnits = (files: SomeFiles): SshdOptions[] => {
  const units = unitsIn(files);
  const own = units.names.flatMap((name) => units.load(name) ?? []);
  const all = new Set([...own, ...startedUnits(units).values()].filter((unit) => !unit.masked));
  return [...all].flatMap((unit) => ofUnit(files, unit));
};

const ofUnit = (files: SomeFiles, { path, settings, dropIns }: Unit): SshdOptions[] => {
  const commands = [...settings].flatMap(([key, values]) =>
    key.startsWith("Service.Exec") ? values : [],
  );
  // most units run nothing that any of this could be of
  if (!commands.some((command) => runsSshd(files, quotedWords(command)))) return [];
  const given = settings.get("Service.EnvironmentFile") ?? [];
  const environmentFiles = given.flatMap((file) =>
    globbed(files, specified(file.replace(/^-/, "")), mostFiles),
  );
  const environment = new Map(
    [
      ...defaultEnvironment(files),
      ...(settings.get("Service.Environment") ?? []).flatMap(variables),
      ...environmentFiles.flatMap((file) => assignments(files.text(file) ?? "")),
    ].map(([name, value]) => [name, value]),
  );
  const places = [path, ...dropIns, ...environmentFiles, ...managerFiles(files)];
  return commands.flatMap((command) =>
    sshdArguments(files, execWords(specified(command), environment), environment).map((words) =>
      optionsOf(files, words, places),
    ),
  );
};

const mostFiles = 100;

const variables = (line: string): [string, string][] =>
  quotedWords(specified(line)).flatMap((word): [string, string][] => {
    const equals = word.indexOf("=");
    return equals === -1 ? [] : [[word.slice(0, equals), word.slice(equals + 1)]];
  });

/** Files of systemd-system.conf(5), the later of which count more. */
const managerFiles = (files: SomeFiles): string[] => [
  "/etc/systemd/system.conf",
  ...["/usr/lib", "/usr/local/lib", "/etc"].flatMap((folder) =>
    globbed(files, `${folder}/systemd/system.conf.d/*.conf`, mostFiles),
  ),
];

const defaultEnvironment = (files: SomeFiles): [string, string][] => {
  const settings: UnitSettings = new Map();
  for (const path of managerFiles(files)) addSettings(settings, files.text(path) ?? "");
  return (settings.get("Manager.DefaultEnvironment") ?? []).flatMap(variables);
};

/** The specifiers of systemd.unit(5) that sshd has tokens like. */
const specified = (text: string): string => {
  const values: Record<string, string> = { "%%": "%", "%h": "/root", "%u": "root" };
  return text.replaceAll(/%[%hu]/g, (specifier) => values[specifier] ?? specifier);
};

const isSshd = (files: SomeFiles, word: string): boolean => {
  const program = word.replace(/^[@:+!|-]+/, "");
  if (posix.basename(program) === "sshd") return true;
  return program.startsWith("/") && files.find(program)?.path.endsWith("/sshd") === true;
};

const runsSshd = (files: SomeFiles, words: readonly string[]): boolean =>
  words.some((word) => word.includes("sshd") || isSshd(files, word));

/** The words after each sshd of a command; a shell may be given one in a word. */
const sshdArguments = (
  files: SomeFiles,
  words: readonly string[],
  environment: ReadonlyMap<string, string>,
): string[][] =>
  words.flatMap((word, index) => {
    if (isSshd(files, word)) return [words.slice(index + 1)];
    const inner = /\s/.test(word) ? execWords(word, environment) : [];
    return inner.length > 1 ? sshdArguments(files, inner, environment) : [];
  });

/** The options of sshd(8) that have a value. */
const valued = "CEbcfghkopu";

/** As getopt(3) reads them: `-o K=V`, `-oK=V`, `-Do K=V`. */
const optionsOf = (
  files: SomeFiles,
  words: readonly string[],
  places: readonly string[],
): SshdOptions => {
  const found: SshdOptions = { configs: [], settings: [] };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [, option, own = ""] =
      new RegExp(`^-[^-${valued}]*([${valued}])([^]*)$`).exec(word) ?? [];
    if (option === undefined) continue;
    const value = own === "" ? (rest.shift() ?? "") : own;
    if (option === "f") found.configs.push(posix.resolve("/", value));
    if (option === "o") found.settings.push({ ...placeOf(files, places, value), text: value });
  }
  return found;
};

/** The first of the files that has the setting's keyword; a word may be made of several. */
const placeOf = (files: SomeFiles, places: readonly string[], text: string) => {
  const keyword = (/[a-z]+/i.exec(text)?.[0] ?? text).toLowerCase();
  for (const path of places) {
    const lines = (files.text(path) ?? "").toLowerCase().split("\n");
    const at = lines.findIndex((line) => line.includes(keyword));
    if (at !== -1) return { path, line: at + 1 };
  }
  return { path: places[0] ?? "", line: 1 };
};
