/** A line of an image's /etc/fstab. */
export interface FstabEntry {
  /** `UUID=…`, `/dev/…`, `tmpfs`, `server:/share`. */
  source: string;
  /** Where it is mounted. */
  path: string;
  type: string;
  options: string[];
}

/** The entries of a text as fstab(5) describes it; lines that are none are passed over. */
export const parseFstab = (text: string): FstabEntry[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .flatMap((line) => {
      const [source, path, type = "auto", options = "defaults"] = line.split(/\s+/).map(unescaped);
      return source === undefined || path === undefined
        ? []
        : [{ source: unquoted(source), path, type, options: options.split(",") }];
    });

/** A blank in a name is `\040`. */
const unescaped = (field: string): string =>
  field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  );

/** `UUID="…"` is written by some installers. */
const unquoted = (source: string): string => source.replace(/^([A-Z]+=)"(.*)"$/, "$1$2");
