import type { Package } from "../../core/inventory.ts";
import { isField } from "./database-content.ts";
import type { Header } from "./rpm-tags.ts";

/** Numbers of tags: rpm's manual, "Tags". */
const tags = {
  ...{ name: 1000, version: 1001, release: 1002, epoch: 1003 },
  ...{ licence: 1014, arch: 1022, source: 1044 },
};

/** The package that a header describes; `broken` when it names none. */
export const packageOf = (header: Header): Package | "broken" => {
  const text = (tag: number) => {
    const value = header.text(tag);
    return isField(value) ? value : undefined;
  };
  const [name, version, release] = [text(tags.name), text(tags.version), text(tags.release)];
  if (name === undefined || version === undefined || release === undefined) return "broken";
  const epoch = header.number(tags.epoch);
  const architecture = text(tags.arch);
  const source = sourceOf(text(tags.source));
  const licence = text(tags.licence);
  return {
    ...{ kind: "rpm", name },
    version: `${epoch === undefined || epoch === 0 ? "" : `${epoch}:`}${version}-${release}`,
    ...(architecture !== undefined && { architecture }),
    ...(source !== undefined && { source }),
    ...(licence !== undefined && { licence }),
  };
};

/** From the name of the source package's file: `name-version-release.src.rpm`. */
const sourceOf = (file: string | undefined) => {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file ?? "") ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
};
