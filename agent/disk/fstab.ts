import { posix } from "node:path";

/** A line of fstab(5), its escapes decoded. */
export interface FstabEntry {
  /** What is mounted: `UUID=…`, `/dev/sda1`, `server:/export`, `tmpfs`. */
  spec: string;
  /** Where, as a path without `..`; absent for swap. */
  path?: string;
  type: string;
  options: readonly string[];
}

/** Reads the text of an fstab(5). Lines that are none are in `strange`. */
export const parseFstab = (text: string): { entries: FstabEntry[]; strange: string[] } => {
  const entries: FstabEntry[] = [];
  const strange: string[] = [];
  for (const line of text.split("\n")) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const entry = entryOf(trimmed);
    if (entry === undefined) strange.push(trimmed);
    else entries.push(entry);
  }
  return { entries, strange };
};

const entryOf = (line: string): FstabEntry | undefined => {
  const [spec, path, type, options = "defaults"] = line.split(/[ \t]+/).map(unescaped);
  if (spec === undefined || path === undefined || type === undefined) return undefined;
  const entry = { spec: unquoted(spec), type, options: options.split(",") };
  if (type === "swap") return entry;
  if (!path.startsWith("/") || path.includes("\0")) return undefined;
  return { ...entry, path: posix.resolve("/", path) };
};

/** getmntent(3): a space is `\040`, a tab `\011`, a newline `\012`, a backslash `\134`. */
const unescaped = (field: string): string =>
  field.replace(/\\([0-3][0-7]{2})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );

/** `UUID="…"` is as good as `UUID=…`. */
const unquoted = (spec: string): string => spec.replace(/^([A-Z]+=)"(.*)"$/s, "$1$2");

export const hasOption = ({ options }: FstabEntry, ...names: readonly string[]): boolean =>
  options.some((option) => names.includes(option));

/** The value of the last `name=value`, as mount(8) takes it. */
export const optionValue = ({ options }: FstabEntry, name: string): string | undefined =>
  options.findLast((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
