import * as z from "zod";
import { FileEntry } from "./file-entry.ts";

/**
 * The files of an inventory. They are tens of thousands, and nearly always what the schema wants:
 * to see that by hand takes a fifth of the time. What the hand does not know the schema judges.
 */
export const FileEntries = z.unknown().transform((value, context): FileEntry[] => {
  if (Array.isArray(value) && value.every(isFileEntry)) return value;
  const { data, error } = z.array(FileEntry).safeParse(value);
  for (const { path, message } of error?.issues ?? []) {
    context.addIssue({ code: "custom", path, message });
  }
  return data ?? z.NEVER;
});

/** Never true of what the schema would not take as it is. */
const isFileEntry = (value: unknown): value is FileEntry => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entry = value as Record<string, unknown>;
  const own = kinds.get(entry["type"]);
  if (own === undefined || !own.fits(entry)) return false;
  for (const key in entry) if (!common.has(key) && !own.keys.has(key)) return false;
  return (
    isText(entry["path"]) &&
    isMode(entry["mode"]) &&
    isCount(entry["uid"]) &&
    isCount(entry["gid"]) &&
    Number.isFinite(entry["mtime"]) &&
    isTextIfThere(entry["hardLinkOf"]) &&
    isTextIfThere(entry["capabilities"]) &&
    isTextIfThere(entry["package"]) &&
    areXattrs(entry["xattrs"])
  );
};

const common = new Set([
  ...["type", "path", "mode", "uid", "gid", "mtime"],
  ...["hardLinkOf", "capabilities", "xattrs", "package"],
]);

interface Kind {
  keys: ReadonlySet<string>;
  fits(entry: Record<string, unknown>): boolean;
}

const file: Kind = {
  keys: new Set(["size", "sha256"]),
  fits: ({ size, sha256 }) =>
    Number.isFinite(size) && (size as number) >= 0 && (sha256 === undefined || isSha256(sha256)),
};
const link: Kind = { keys: new Set(["target"]), fits: ({ target }) => isText(target) };
const plain: Kind = { keys: new Set(), fits: () => true };
const device: Kind = {
  keys: new Set(["major", "minor"]),
  fits: ({ major, minor }) => isCount(major) && isCount(minor),
};
const kinds = new Map<unknown, Kind>([
  ["file", file],
  ["link", link],
  ["folder", plain],
  ["fifo", plain],
  ["socket", plain],
  ["character-device", device],
  ["block-device", device],
]);

const isText = (value: unknown): boolean => typeof value === "string";
const isTextIfThere = (value: unknown): boolean => value === undefined || isText(value);
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
const isMode = (value: unknown): boolean => isText(value) && /^[0-7]{4}$/.test(value as string);

const isSha256 = (value: unknown): boolean => {
  if (typeof value !== "string" || value.length !== 64) return false;
  for (let at = 0; at < 64; at++) {
    const code = value.charCodeAt(at);
    // 0 to 9, a to f
    if (!((code >= 48 && code <= 57) || (code >= 97 && code <= 102))) return false;
  }
  return true;
};

const areXattrs = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  // the schema leaves this one out
  for (const [name, one] of Object.entries(value)) {
    if (name === "__proto__" || !isText(one)) return false;
  }
  return true;
};
