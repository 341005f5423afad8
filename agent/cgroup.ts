import { totalmem } from "node:os";
import { type Group, openGroup, removeEmpty } from "./cgroup/group.ts";
import { type Controller, controllers, ownHierarchies } from "./cgroup/hierarchies.ts";

/** Limits all that has entered it, together. */
export interface Cgroup extends AsyncDisposable {
  /** Files to which a process writes `0` to enter. */
  enter: readonly string[];
  /** What cannot be limited on this machine, and why: sentences for the operator. */
  remarks: readonly string[];
}

/** `pids`: processes and threads. `memory`: bytes, those of files on a tmpfs included. */
export type CgroupLimits = Record<Controller, number>;

/**
 * More processes than a build has, fewer than make a machine unusable; and a quarter of the memory
 * is left to the machine, so that the kernel kills programs of the image when they take too much.
 */
const usual = (): CgroupLimits => ({ pids: 4096, memory: Math.floor(totalmem() * 0.75) });

/**
 * Control groups of a bake's own, of version 2 or 1. As long as they are open a process of ours is
 * in each; when a bake is killed they are left empty, and the next bake removes them.
 */
export const openCgroup = async (limits: CgroupLimits = usual()): Promise<Cgroup> => {
  await using groups = new AsyncDisposableStack();
  const hierarchies = await ownHierarchies();
  const open: Group[] = [];
  const remarks = controllers
    .filter((name) => hierarchies.every((one) => !one.controllers.includes(name)))
    .map((name) => remark(name, "no cgroup hierarchy of this machine can"));
  for (const hierarchy of hierarchies) {
    try {
      open.push(groups.use(await openGroup(hierarchy, limits)));
    } catch (error) {
      const why = `${hierarchy.folder} cannot be used: ${(error as Error).message}`;
      remarks.push(...hierarchy.controllers.map((name) => remark(name, why)));
    }
  }
  const held = groups.move();
  const enter = open.map(({ procs }) => procs);
  return { enter, remarks, [Symbol.asyncDispose]: () => held.disposeAsync() };
};

/** Removes the control groups that killed bakes left; says how many. */
export const removeDeadGroups = async (): Promise<number> => {
  let removed = 0;
  for (const { folder } of await ownHierarchies()) {
    removed += await removeEmpty(folder).catch(() => 0); // what cannot be listed holds none of ours
  }
  return removed;
};

const what: Record<Controller, string> = {
  pids: "how many processes steps start",
  memory: "how much memory steps take",
};

const remark = (controller: Controller, why: string): string =>
  `nothing limits ${what[controller]}: ${why}`;
