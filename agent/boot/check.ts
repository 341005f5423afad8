import { NotBootable } from "../../core/errors.ts";
import { bootFile } from "./mounts.ts";
import type { RefreshContext } from "./refresh-context.ts";

/** A kernel as a boot loader's entry names it, by paths on a file system. */
export interface BootEntry {
  /** What the entry is called, for messages. */
  title: string;
  linux: string;
  initrd: readonly string[];
  options: string;
  /** UUID of the file system; undefined where the boot loader knows it by other means. */
  uuid?: string | undefined;
}

/** What is wrong with an entry: sentences' ends; none when it boots. */
export const problemsOf = async (
  { root, mounts }: Pick<RefreshContext, "root" | "mounts">,
  entry: BootEntry,
): Promise<string[]> => {
  const { uuid } = entry;
  if (uuid !== undefined && !mounts.some((mount) => same(mount.uuid, uuid))) {
    return [`looks for the file system ${JSON.stringify(uuid)}, which the image does not have`];
  }
  const problems: string[] = [];
  for (const path of [entry.linux, ...entry.initrd]) {
    if ((await bootFile(root, mounts, { path, uuid })) !== undefined) continue;
    problems.push(`names ${JSON.stringify(path)}, which is not there or empty`);
  }
  const device = /(?:^|\s)root=UUID=(\S+)/.exec(entry.options)?.[1];
  if (device !== undefined && !mounts.some((mount) => same(mount.uuid, device))) {
    problems.push(
      `mounts the root file system ${JSON.stringify(device)}, which the image does not have`,
    );
  }
  return problems;
};

/** The image's path of the kernel that an entry boots. Throws NotBootable. */
export const checked = async (context: RefreshContext, entry: BootEntry): Promise<string> => {
  const problems = await problemsOf(context, entry);
  if (problems.length > 0) throw notBootable(entry.title, problems);
  const path = await bootFile(context.root, context.mounts, {
    path: entry.linux,
    uuid: entry.uuid,
  });
  return path ?? entry.linux;
};

export const notBootable = (title: string, problems: readonly string[]): NotBootable =>
  new NotBootable(
    `the image would not boot: its entry ${JSON.stringify(title)} ${problems.join(", and ")}`,
  );

const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
