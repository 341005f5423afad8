import type { Repository, TrustedKey } from "../../../core/inventory/found/repository.ts";
import { apkKey } from "./key-files.ts";
import type { Found } from "./read.ts";
import type { Settings } from "./settings.ts";
import { withoutUser } from "../../../core/shown-url.ts";

/** Reads the repositories of apk-tools, and the keys that it trusts: apk-repositories(5), apk-keys(5). */
export const readApkRepositories = async (settings: Settings): Promise<Found> => {
  const parts = await settings.paths("/etc/apk/repositories.d", /\.list$/);
  const untrusted = await allowsUntrusted(settings);
  const repositories: Repository[] = [];
  for (const path of ["/etc/apk/repositories", ...parts]) {
    const text = (await settings.text(path)) ?? "";
    for (const [index, line] of text.split("\n").entries()) {
      const found = repositoryOf(line, { path, line: index + 1 });
      if (found !== undefined) repositories.push({ ...found, ...untrusted });
    }
  }
  return { repositories, keys: await keysOf(settings) };
};

/** Options that apk-tools 3 takes on every call; what was given on one call leaves no trace. */
const allowsUntrusted = async (
  settings: Settings,
): Promise<Pick<Repository, "signatures" | "because">> => {
  const lines = ((await settings.text("/etc/apk/config")) ?? "").split("\n");
  const [found] = lines.flatMap((line) => /^\s*(?:--)?(allow-untrusted)\b/.exec(line)?.[1] ?? []);
  return found === undefined ? { signatures: true } : { signatures: false, because: found };
};

/** A URL or a folder, after a tag that begins with `@`; it ends in the branch and its part. */
const repositoryOf = (
  text: string,
  place: Pick<Repository, "path" | "line">,
): Repository | undefined => {
  const [, tag, url] = /^\s*(?:@(\S+)\s+)?((?:[a-z]+:\/)?\/\S+)/i.exec(text) ?? [];
  if (url === undefined) return undefined;
  const name = tag ?? withoutUser(url).split("/").filter(Boolean).slice(-2).join("/");
  return {
    ...{ kind: "apk", ...place, urls: [withoutUser(url)], name },
    ...{ enabled: true, signatures: true, keys: [] },
  };
};

const keysOf = async (settings: Settings): Promise<TrustedKey[]> => {
  const found: TrustedKey[] = [];
  for (const path of await settings.paths("/etc/apk/keys", /\.pub$/)) {
    const pem = await settings.bytes(path);
    const key = pem === undefined ? undefined : apkKey(path, pem);
    if (key !== undefined) found.push(key);
    else settings.problem(path, "it is no public key that can be read");
  }
  return found;
};
