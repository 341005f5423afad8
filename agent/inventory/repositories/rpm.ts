import { posix } from "node:path";
import type { Distribution } from "../../../core/inventory.ts";
import type { Repository, TrustedKey } from "../../../core/inventory/found/repository.ts";
import { patternOf } from "../wildcards.ts";
import { parseIni, type Section } from "./ini.ts";
import { type KeyFiles, trustedKey } from "./key-files.ts";
import type { Found } from "./read.ts";
import type { Settings } from "./settings.ts";
import { withoutUser } from "../../../core/shown-url.ts";
import { isNo, isYes } from "./urls.ts";

/** Folders of files that name repositories, and the file whose section `main` holds for them all. */
const managers = [
  {
    folders: ["/etc/yum.repos.d", "/etc/distro.repos.d"],
    mains: ["/etc/dnf/dnf.conf", "/etc/yum.conf"],
  },
  { folders: ["/etc/zypp/repos.d"], mains: ["/etc/zypp/zypp.conf"] },
];

/** Where distributions put keys for dnf to import, and SUSE for rpm itself. */
const keyFolders = ["/etc/pki/rpm-gpg", "/usr/lib/rpm/gnupg/keys"];

/** Reads the repositories of dnf, yum and zypper, and the keys that lie ready for them. */
export const readRpmRepositories = async (
  files: KeyFiles,
  distribution: Distribution | undefined,
): Promise<Found> => {
  const { settings } = files;
  const variables = await readVariables(settings, distribution);
  const keys = await keysReady(files);
  const repositories: Repository[] = [];
  for (const { folders, mains } of managers) {
    const zypper = folders.includes("/etc/zypp/repos.d");
    const main = await mainOf(settings, mains);
    const own = await Promise.all(folders.map((folder) => settings.paths(folder, /\.repo$/)));
    for (const path of [...own.flat(), ...mains]) {
      for (const section of parseIni((await settings.text(path)) ?? "")) {
        if (section.name === "main") continue;
        const signers = await signersOf(section, { files, variables });
        keys.push(...signers);
        repositories.push(repositoryOf({ section, path, main, zypper, variables, signers }));
      }
    }
  }
  return { repositories, keys };
};

const keysReady = async (files: KeyFiles): Promise<TrustedKey[]> => {
  const found: TrustedKey[] = [];
  for (const folder of keyFolders) {
    for (const path of await files.settings.paths(folder, /^[^.]/)) {
      for (const one of await files.read(path)) found.push(trustedKey(path, one));
    }
  }
  return found;
};

type Options = ReadonlyMap<string, string>;

const mainOf = async (settings: Settings, paths: readonly string[]): Promise<Options> => {
  for (const path of paths) {
    const text = await settings.text(path);
    const main = parseIni(text ?? "").find(({ name }) => name === "main");
    if (main !== undefined) return main.options;
  }
  return new Map();
};

/** Files of dnf's variables, and what it knows of itself; the processor is not among them. */
const readVariables = async (
  settings: Settings,
  distribution: Distribution | undefined,
): Promise<Options> => {
  const variables = new Map([["releasever", distribution?.version ?? ""]]);
  for (const folder of ["/etc/yum/vars", "/etc/dnf/vars"]) {
    for (const path of await settings.paths(folder, /^\w+$/)) {
      const [value = ""] = ((await settings.text(path)) ?? "").split("\n");
      variables.set(posix.basename(path), value.trim());
    }
  }
  return variables;
};

/** Variables that are not known stay as they are written. */
const filledIn = (text: string, variables: Options): string =>
  text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced?: string, plain?: string) => {
    const value = variables.get((braced ?? plain ?? "").toLowerCase());
    return value === undefined || value === "" ? whole : value;
  });

const words = (text: string | undefined): string[] =>
  (text ?? "").split(/[\s,]+/).filter((word) => word !== "");

interface Told {
  section: Section;
  path: string;
  main: Options;
  zypper: boolean;
  variables: Options;
  signers: readonly TrustedKey[];
}

const repositoryOf = ({ section, path, main, zypper, variables, signers }: Told): Repository => {
  const { options, name, line } = section;
  const urls = ["baseurl", "mirrorlist", "metalink"].flatMap((option) =>
    words(options.get(option)),
  );
  const because = offBy(options, main, zypper);
  return {
    ...{ kind: "rpm", path, line, name },
    urls: urls.map((url) => withoutUser(filledIn(url, variables))),
    enabled: !isNo(options.get("enabled")),
    signatures: because === undefined,
    ...(because !== undefined && { because }),
    keys: [...new Set(signers.map(({ fingerprint }) => fingerprint))],
  };
};

/** Either is enough: signed lists have the digests of their packages. dnf.conf(5), zypp.conf. */
const checks = ["gpgcheck", "pkg_gpgcheck", "repo_gpgcheck"];

/** What turns signatures off; undefined when something has them checked. */
const offBy = (options: Options, main: Options, zypper: boolean): string | undefined => {
  const value = (name: string) => options.get(name) ?? main.get(name);
  if (checks.some((name) => isYes(value(name)))) return undefined;
  const written = checks.find((name) => value(name) !== undefined);
  // dnf and yum check nothing unless they are told to, and zypper does unless told not to
  if (written === undefined) return zypper ? undefined : "no gpgcheck=1";
  return `${written}=${value(written)}`;
};

interface Place {
  files: KeyFiles;
  variables: Options;
}

/** Keys of files in the image; what is fetched when it is needed is not known. */
const signersOf = async (
  { options }: Section,
  { files, variables }: Place,
): Promise<TrustedKey[]> => {
  const found: TrustedKey[] = [];
  for (const url of words(options.get("gpgkey"))) {
    const [, path] = /^file:\/\/(\/.*)$/.exec(filledIn(url, variables)) ?? [];
    if (path === undefined) continue;
    for (const one of await fitting(files.settings, path)) {
      for (const certificate of await files.read(one)) found.push(trustedKey(one, certificate));
    }
  }
  return found;
};

/** What a variable that is not known may stand for is found by what there is. */
const fitting = async (settings: Settings, path: string): Promise<string[]> => {
  if (!path.includes("$")) return [path];
  const fits = patternOf(path.replaceAll(/\$(?:\{\w+\}|\w+)/g, "*"));
  return (await settings.paths(posix.dirname(path), /^[^.]/)).filter(fits);
};
