import { PackageURL } from "packageurl-js";
import type { Distribution } from "../inventory.ts";
import type { LanguageKind, Software } from "./software.ts";

type Parts = [type: string, namespace: string | undefined, name: string, version?: string];

/**
 * A package's URL: https://github.com/package-url/purl-spec. The types deb and apk have the whole
 * version in its place, rpm has the epoch as a qualifier. Undefined where the type asks for what
 * is not known, as Maven's does for a group, or refuses the name.
 */
export const purlOf = (one: Software, distribution?: Distribution): string | undefined => {
  if (one.kind === "dpkg" || one.kind === "apk" || one.kind === "rpm") {
    return systemPurl(one, distribution);
  }
  return text(languageParts({ ...one, kind: one.kind }), {});
};

const systemTypes = { dpkg: "deb", apk: "apk", rpm: "rpm" } as const;

const systemPurl = (one: Software, distribution?: Distribution): string | undefined => {
  const { kind, name, version, architecture } = one;
  const type = systemTypes[kind as keyof typeof systemTypes];
  const split = kind === "rpm" ? splitEpoch(version) : { version };
  const distro = distribution === undefined ? undefined : distroOf(distribution);
  return text([type, distribution?.id, name, split.version], {
    ...(architecture !== undefined && { arch: architecture }),
    ...(distro !== undefined && { distro }),
    ...(split.epoch !== undefined && { epoch: split.epoch }),
  });
};

/** `debian-12`; what has no releases is named alone. */
const distroOf = ({ id, version }: Distribution): string =>
  version === undefined ? id : `${id}-${version}`;

/** `1:2.3-4` as an epoch and the rest. */
export const splitEpoch = (whole: string): { epoch?: string; version: string } => {
  const [, epoch, version = whole] = /^([0-9]+):(.*)$/s.exec(whole) ?? [];
  return epoch === undefined ? { version } : { epoch, version };
};

const languageParts = ({
  kind,
  name,
  version,
}: Software & { kind: LanguageKind }): Parts | undefined => {
  if (kind === "maven") {
    const [group, artifact] = name.split(":");
    return group && artifact ? ["maven", group, artifact, version] : undefined;
  }
  const slash = name.lastIndexOf("/");
  const isDeep = slash > 0 && (kind === "golang" || (kind === "npm" && name.startsWith("@")));
  const [namespace, last] = isDeep
    ? [name.slice(0, slash), name.slice(slash + 1)]
    : [undefined, name];
  return [kind, namespace, last, kind === "golang" ? goVersion(version) : version];
};

/** A program is built of its own module without a version that anybody else could name: `(devel)`. */
const goVersion = (version: string): string | undefined =>
  /^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$/.test(version) ? version : undefined;

const text = (parts: Parts | undefined, qualifiers: Record<string, string>): string | undefined => {
  if (parts === undefined) return undefined;
  const [type, namespace, name, version] = parts;
  try {
    const purl = new PackageURL(type, namespace, name, version, qualifiers, undefined);
    // the library leaves the plus of a version, which the specification wants encoded
    return purl.toString().replaceAll("+", "%2B");
  } catch {
    return undefined; // what an image calls a package may be anything: then it has no URL
  }
};
