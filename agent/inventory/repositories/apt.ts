import type { Repository, TrustedKey } from "../../../core/inventory/found/repository.ts";
import { type AptConfig, readAptConfig } from "./apt-config.ts";
import { keyIn, keyrings, signersIn } from "./apt-keys.ts";
import { type AptSource, readAptSources } from "./apt-sources.ts";
import { type KeyFiles, trustedKey } from "./key-files.ts";
import type { Found } from "./read.ts";
import { withoutUser } from "../../../core/shown-url.ts";
import { isNo, isYes } from "./urls.ts";

/** Options of a source that let in what nobody signed, or what a digest that is broken vouches for. */
const options = ["trusted", "allow-insecure", "allow-weak", "allow-downgrade-to-insecure"];

/** The same for all sources: apt-secure(8). */
const settings = [
  ...["APT::Get::AllowUnauthenticated", "Acquire::AllowInsecureRepositories"],
  ...["Acquire::AllowWeakRepositories", "Acquire::AllowDowngradeToInsecureRepositories"],
];

/** Reads the sources of apt, and the keys that it trusts. */
export const readApt = async (files: KeyFiles): Promise<Found> => {
  const config = await readAptConfig(files.settings);
  const sources = await readAptSources(files.settings);
  const keys = new Map<string, TrustedKey>();
  for (const path of await keyrings(files)) {
    for (const one of await files.read(path))
      keys.set(path + one.fingerprint, trustedKey(path, one));
  }
  const repositories: Repository[] = [];
  for (const source of sources) {
    const own = await signersOf(source, files);
    for (const key of own) if (key.names.length > 0) keys.set(key.path + key.fingerprint, key);
    repositories.push(repositoryOf(source, config, own));
  }
  return { repositories, keys: [...keys.values()] };
};

const repositoryOf = (
  source: AptSource,
  config: AptConfig,
  keys: readonly TrustedKey[],
): Repository => {
  const because = optionOff(source) ?? settingOff(config);
  const expired = expiredOf(source, config);
  return {
    ...{ kind: "dpkg", path: source.path, line: source.line, urls: source.urls.map(withoutUser) },
    name: [...source.suites, ...source.components].join(" "),
    enabled: source.enabled,
    signatures: because === undefined,
    ...(because !== undefined && { because }),
    ...(expired !== undefined && { expired }),
    keys: [...new Set(keys.map(({ fingerprint }) => fingerprint))],
  };
};

const optionOff = ({ options: given, path }: AptSource): string | undefined => {
  const name = options.find((option) => isYes(given.get(option)));
  return name === undefined ? undefined : asWritten(name, given.get(name), path);
};

const asWritten = (name: string, value: string | undefined, path: string): string => {
  if (!path.endsWith(".sources")) return `[${name}=${value}]`;
  return `${name.replaceAll(/(^|-)[a-z]/g, (start) => start.toUpperCase())}: ${value}`;
};

const settingOff = (config: AptConfig): string | undefined => {
  const name = settings.find((setting) => isYes(config.get(setting.toLowerCase())?.value));
  return name === undefined ? undefined : setIn(config, name);
};

const setIn = (config: AptConfig, name: string): string => {
  const { value, path, line } = config.get(name.toLowerCase()) ?? {};
  return `${name} "${value}" in ${path}, line ${line}`;
};

const check = "Acquire::Check-Valid-Until";

const expiredOf = ({ options: given, path }: AptSource, config: AptConfig): string | undefined => {
  const own = given.get("check-valid-until");
  if (own !== undefined) {
    return isNo(own) ? asWritten("check-valid-until", own, path) : undefined;
  }
  return isNo(config.get(check.toLowerCase())?.value) ? setIn(config, check) : undefined;
};

/** Of `signed-by`: a key itself, or paths of keyrings, or fingerprints. */
const signersOf = async (source: AptSource, files: KeyFiles): Promise<TrustedKey[]> => {
  const { options: given, path } = source;
  const value = given.get("signed-by");
  const own = keyIn(value);
  if (own !== undefined) return own.map((one) => trustedKey(path, one));
  const found: TrustedKey[] = [];
  for (const signer of signersIn(value)) {
    if (!signer.startsWith("/")) {
      found.push({ path, fingerprint: signer.replace(/!$/, "").toUpperCase(), names: [] });
      continue;
    }
    const certificates = await files.read(signer);
    if (certificates.length === 0)
      files.settings.problem(signer, `it is no keyring, and ${path} names it`);
    found.push(...certificates.map((one) => trustedKey(signer, one)));
  }
  return found;
};
