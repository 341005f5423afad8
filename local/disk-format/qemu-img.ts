import { CommandFailed } from "../../core/errors.ts";
import { runChild } from "../child.ts";
import { type DiskFormat, driverOf } from "./format.ts";
import { sandboxed } from "./sandboxed.ts";

export interface QemuImgCall {
  /** The file it reads, as it is told of it by `source`. */
  reads: string;
  /** The one file it may write; it is `target` to it. */
  writes?: { path: string; limit: number };
  /** Its arguments. */
  words: readonly string[];
  /** Statuses that are no failure beside 0. */
  accepts?: readonly number[];
  signal: AbortSignal;
  onLine?(line: string): void;
}

/** The path by which it sees the file it writes. */
export const target = "/out/disk";

/**
 * The file it reads, with the format named. A VHD's size is the one its footer states: QEMU takes
 * the geometry's instead when some programs wrote it, VirtualBox among them, and would cut off the
 * disk's end, where GPT has its second table.
 */
export const source = (format: DiskFormat): string[] => [
  "--image-opts",
  [
    `driver=${driverOf(format)}`,
    "file.driver=file",
    "file.filename=/in/disk",
    ...(format === "vhd" ? ["force_size_calc=current_size"] : []),
  ].join(","),
];

/** Runs qemu-img where it sees these files alone. Throws CommandFailed, with what it complained of. */
export const qemuImg = async (call: QemuImgCall): Promise<string[]> => {
  const { reads, writes, words, accepts = [], signal } = call;
  const lines: string[] = [];
  const { status, complaint } = await runChild({
    argv: sandboxed({ reads, writes, argv: ["qemu-img", ...words] }),
    signal,
    onLine: call.onLine ?? ((line) => lines.push(line)),
  });
  signal.throwIfAborted();
  if (status === 0 || (status !== null && accepts.includes(status))) return lines;
  // the last lines tell; a damaged disk has thousands that say the same
  const last = [...lines, ...complaint.trim().split("\n")].slice(-5).join("\n");
  throw new CommandFailed(`qemu-img ${words[0]} of ${reads} ${endedBy(status)}\n${last}`);
};

const endedBy = (status: number | null): string => {
  // SIGXCPU, or SIGKILL a second later
  if (status === 128 + 24 || status === 128 + 9) return "took more than its processor time";
  return `ended with status ${status ?? "of a kill"}`;
};
