import type { FileEntry } from "../inventory.ts";
import type { FileChange } from "./diff-files.ts";

/** In what a file differs, in words; its time is left out. */
export const aspectsText = ({ what, from, to }: Omit<FileChange, "path">): string =>
  what
    .filter((aspect) => aspect !== "time")
    .map((aspect) => `${aspect}${detail(aspect, from, to)}`)
    .join(", ");

const detail = (aspect: string, from: FileEntry, to: FileEntry): string => {
  if (aspect === "mode") return ` (${from.mode} → ${to.mode})`;
  if (aspect === "owner") return ` (${from.uid}:${from.gid} → ${to.uid}:${to.gid})`;
  if (aspect === "xattrs" && from.capabilities !== to.capabilities) {
    return ` (${from.capabilities ?? "no capabilities"} → ${to.capabilities ?? "none"})`;
  }
  return "";
};
