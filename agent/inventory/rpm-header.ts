import type { Package } from "../../core/inventory.ts";
import { isField } from "./database-content.ts";

/**
 * A header as rpm's databases hold it: https://rpm-software-management.github.io/rpm/manual/hregions.html
 * Two counts, of index entries and of bytes of data; then the entries, of four numbers each (tag,
 * type, offset into the data, count); then the data. All numbers are 32 bits, big-endian.
 */
const tags = {
  ...{ name: 1000, version: 1001, release: 1002, epoch: 1003 },
  ...{ licence: 1014, arch: 1022, source: 1044 },
};
const types = { int32: 4, string: 6 };
const preamble = 8;
const entrySize = 16;

type Value = string | number;

/** The package that a header describes; `broken` when it is no header, or names none. */
export const packageOfHeader = (header: Uint8Array): Package | "broken" => {
  const values = valuesOf(header);
  const text = (tag: number) => {
    const value = values.get(tag);
    return typeof value === "string" && isField(value) ? value : undefined;
  };
  const [name, version, release] = [text(tags.name), text(tags.version), text(tags.release)];
  if (name === undefined || version === undefined || release === undefined) return "broken";
  const epoch = values.get(tags.epoch);
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

/** Values of the tags that are wanted, of what lies within the header. */
const valuesOf = (header: Uint8Array): Map<number, Value> => {
  const values = new Map<number, Value>();
  if (header.length < preamble) return values;
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  const start = preamble + view.getUint32(0) * entrySize;
  if (start > header.length) return values;
  const wanted = new Set(Object.values(tags));
  for (let at = preamble; at < start; at += entrySize) {
    const tag = view.getUint32(at);
    if (!wanted.has(tag) || values.has(tag)) continue;
    const value = valueAt(view, view.getUint32(at + 4), start + view.getUint32(at + 8));
    if (value !== undefined) values.set(tag, value);
  }
  return values;
};

const valueAt = (view: DataView, type: number, at: number): Value | undefined => {
  if (type === types.int32 && at + 4 <= view.byteLength) return view.getUint32(at);
  if (type !== types.string || at >= view.byteLength) return undefined;
  const rest = new Uint8Array(view.buffer, view.byteOffset + at, view.byteLength - at);
  const end = rest.indexOf(0);
  return end === -1 ? undefined : new TextDecoder().decode(rest.subarray(0, end));
};

/** From the name of the source package's file: `name-version-release.src.rpm`. */
const sourceOf = (file: string | undefined) => {
  const [, name, version] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file ?? "") ?? [];
  return name === undefined || version === undefined ? undefined : { name, version };
};
