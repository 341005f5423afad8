import { readFile } from "node:fs/promises";
import { join } from "node:path";

export const controllers = ["pids", "memory"] as const;
export type Controller = (typeof controllers)[number];

/** A mounted tree of control groups. */
export interface Hierarchy {
  version: 1 | 2;
  /** Where our groups are made: in version 2 nothing may lie below a group that has processes. */
  folder: string;
  /** Which of ours it has. */
  controllers: Controller[];
}

/**
 * The trees that have the controllers we need; each controller is in one tree only. `mountinfo` and
 * `own` are /proc/self/mountinfo and /proc/self/cgroup (proc_pid_mountinfo(5), cgroups(7));
 * `available` answers what cgroup.controllers of a version 2 tree lists.
 */
export const hierarchiesIn = async (
  mountinfo: string,
  own: string,
  available: (folder: string) => Promise<string>,
): Promise<Hierarchy[]> => {
  const found: Hierarchy[] = [];
  for (const { root, folder, type, options } of mountsIn(mountinfo)) {
    const version = type === "cgroup2" ? 2 : 1;
    const has = version === 2 ? (await available(folder)).trim().split(" ") : options;
    const taken = new Set(found.flatMap((one) => one.controllers));
    const ours = controllers.filter((name) => has.includes(name) && !taken.has(name));
    const [first] = ours;
    if (first === undefined) continue;
    const below = version === 2 ? "/" : ownGroup(own, first, root);
    found.push({ version, folder: join(folder, below), controllers: ours });
  }
  return found;
};

/** As hierarchiesIn, of this process. */
export const ownHierarchies = async (): Promise<Hierarchy[]> => {
  const [mountinfo = "", own = ""] = await Promise.all(
    ["mountinfo", "cgroup"].map((name) => readFile(join("/proc/self", name), "utf8")),
  );
  return hierarchiesIn(mountinfo, own, (folder) =>
    // another mount may lie over it
    readFile(join(folder, "cgroup.controllers"), "utf8").catch(() => ""),
  );
};

const mountsIn = (mountinfo: string) =>
  mountinfo.split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [, , , root = "", folder = ""] = before.split(" ");
    const [type = "", , options = ""] = after.split(" ");
    if (!type.startsWith("cgroup")) return [];
    return [{ root, folder, type, options: options.split(",") }];
  });

/** In version 1 a group of ours lies in our own, so that whatever limits us limits it too. */
const ownGroup = (own: string, controller: Controller, root: string): string => {
  for (const line of own.split("\n")) {
    const [, names = "", path = ""] = line.split(":");
    if (!names.split(",").includes(controller)) continue;
    return root !== "/" && path.startsWith(root) ? path.slice(root.length) : path;
  }
  return "/";
};
