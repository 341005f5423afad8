import { basename } from "node:path";
import { UnusablePath } from "../core/errors.ts";
import { attempt } from "./run.ts";

/** Those of chattr(1)'s flags that keep even root from changing a file: `i`, `a`, `ia` or none. */
export type Flags = string;

/**
 * Does to a file of the image what its flags may forbid, if need be by taking them off; answers
 * those it took. Somebody set them to keep a file as it is, most of all /etc/resolv.conf, and whoever
 * writes recipes for the image is root. `name` is the image's path, for messages. Throws UnusablePath.
 */
export const despiteFlags = async (
  path: string,
  name: string,
  work: () => Promise<unknown>,
): Promise<Flags> => {
  try {
    await work();
    return "";
  } catch (error) {
    if (!isForbidden(error)) throw error;
  }
  const flags = await flagsOf(path);
  await setFlags(path, "-", flags);
  try {
    await work();
    return flags;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    throw new UnusablePath(
      `${name} of the image cannot be changed, not even by root; if its folder is immutable, one ` +
        "that is not (chattr -i) would be right",
      { cause: error },
    );
  }
};

/** Puts flags back that were taken off. */
export const restoreFlags = (path: string, flags: Flags): Promise<void> =>
  setFlags(path, "+", flags);

const isForbidden = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "EPERM";

const setFlags = async (path: string, sign: "+" | "-", flags: Flags): Promise<void> => {
  if (flags !== "") await attempt(["chattr", sign + flags, "--", path]);
};

/** lsattr(1) answers with a column of flags; it fails on what has none, a link or a fifo. */
const flagsOf = async (path: string): Promise<Flags> => {
  const { status, tail } = await attempt(["lsattr", "-d", "--", path]);
  if (status !== 0 || !(tail[0] ?? "").includes(basename(path))) return "";
  const [column = ""] = (tail[0] ?? "").split(" ");
  return ["i", "a"].filter((flag) => column.includes(flag)).join("");
};
