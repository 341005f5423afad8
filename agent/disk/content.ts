import { CommandFailed, UnsupportedDisk } from "../../core/errors.ts";
import { ask, type Ask, lastLines } from "./ask.ts";

/** What blkid(8) recognises in a place. */
export interface Content {
  /** `filesystem`, `raid`, `crypto` or `other`. */
  usage: string;
  /** As in `ext4`, `crypto_LUKS`, `linux_raid_member`. */
  type: string;
  uuid?: string;
  label?: string;
}

export interface Place {
  start: number;
  size: number;
  /** What messages call it: `partition 2`, `the disk`. */
  title: string;
}

/** blkid(8): nothing was recognised; more than one thing was. */
const nothing = 2;
const ambivalent = 8;

/**
 * Looks what is in a part of a disk, at the disk itself and never in blkid's cache; undefined when
 * there is nothing it knows. Throws UnsupportedDisk when there are several things in one place.
 */
export const probe = async (
  disk: string,
  { start, size, title }: Place,
  asked: Ask = ask,
): Promise<Content | undefined> => {
  const part = ["--offset", String(start), "--size", String(size)];
  const { status, stdout, stderr } = await asked(["blkid", "--probe", ...part, "-o", "udev", disk]);
  if (status === 0) return contentOf(stdout);
  if (status === nothing) return undefined;
  if (status === ambivalent) {
    throw new UnsupportedDisk(
      `${title} has the signatures of more than one kind of file system or volume, so that nobody ` +
        "can tell what it is; `wipefs --no-act` lists them, and those of old ones can be removed",
    );
  }
  const why = lastLines(stderr).join("\n");
  throw new CommandFailed(`blkid could not look at ${title} (status ${status}):\n${why}`);
};

/** Reads what `blkid -o udev` prints; undefined when that is no more than a partition table. */
export const contentOf = (text: string): Content | undefined => {
  const values = new Map(
    text.split("\n").map((line): [string, string] => {
      const [key = "", value = ""] = line.split(/=(.*)/s);
      return [key, decoded(value)];
    }),
  );
  const type = values.get("ID_FS_TYPE");
  if (type === undefined) return undefined;
  const uuid = values.get("ID_FS_UUID_ENC");
  const label = values.get("ID_FS_LABEL_ENC");
  const usage = values.get("ID_FS_USAGE") ?? "other";
  return { usage, type, ...(uuid && { uuid }), ...(label && { label }) };
};

/** udev's encoding of what is not plain: `\x20`, byte by byte. */
export const decoded = (text: string): string => {
  if (!text.includes("\\x")) return text;
  const bytes = Buffer.from(text).toString("latin1");
  const plain = bytes.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, "latin1").toString();
};
