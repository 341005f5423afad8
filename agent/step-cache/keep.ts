import { mkdir, readdir, rename, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import prettyBytes from "pretty-bytes";
import type { KeptDisk, RepositoryDigest } from "../../core/step-cache.ts";
import type { BakeOrder } from "../bake-order.ts";
import type { ReadyDisk } from "../ready-disk.ts";
import { inside } from "../inside.ts";
import type { OriginNotes } from "../inventory/apt-lists/notes.ts";
import { attempt, run } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";
import { imageRepositories } from "./repositories.ts";
import { stillDisk } from "./still.ts";
import { isWorthKeeping } from "./worth.ts";

/** Keeps the disk between steps, for later bakes of the same steps. */
export interface Keeper {
  /**
   * After so many steps, where that is worth it. `tidy` puts the image back as it is when no step
   * runs.
   */
  after(steps: number, sandbox: Sandbox, tidy: () => Promise<void>): Promise<void>;
}

export interface KeeperOrder extends BakeOrder {
  disk: ReadyDisk;
  /** What the disk was resumed from. */
  resumed: KeptDisk | undefined;
  /** Where packages are from: noted with the disk. */
  notes: OriginNotes;
  /** When the work began that is saved, in milliseconds. */
  began: number;
}

export const openKeeper = (order: KeeperOrder): Keeper | undefined => {
  const { job, disk, resumed, channel, notes } = order;
  const { stepCache } = job;
  if (stepCache === undefined) return undefined;
  const { steps } = job.recipe;
  const last = steps.findLastIndex(({ skipped }) => skipped === undefined) + 1;
  const first = resumed?.steps ?? 0;
  // an origin that is not made here is at hand in every bake
  const least = resumed === undefined && job.recipe.origin.kind === "scratch" ? 0 : first + 1;
  let clones: Promise<boolean> | undefined;
  let keptAt = order.began;
  let saved = resumed?.seconds ?? 0;
  return {
    async after(done, sandbox, tidy) {
      if (done < least || done > stepCache.most) return;
      const since = (Date.now() - keptAt) / 1000;
      const { blocks } = await stat(job.disk);
      const byReference = await (clones ??= canClone(job.disk, stepCache.folder));
      const { bavail, bsize } = await statfs(job.disk);
      const room = bavail * bsize;
      const worth = { since, bytes: blocks * 512, byReference, room, isLast: done === last };
      if (!isWorthKeeping(worth)) return;
      await channel.step(`Keep the disk ${titled(steps, done)}`, async (say) => {
        await tidy();
        const installed = steps.slice(first, done).some(isInstalling);
        const repositories = await repositoriesOf(order, sandbox, installed);
        const why = repositories === undefined ? unknown : await untidy(disk.root);
        if (repositories === undefined || why !== undefined) return say(`not kept: ${why}`);
        await notes.look();
        const origins = notes.found;
        await using still = await written(disk);
        if (still === undefined) return say("not kept: something still runs and writes");
        const record: KeptDisk = {
          ...{ steps: done, bake: job.bake, repositories, origins, seconds: saved + since },
        };
        const problem = await keep(job.disk, stepCache.folder, record);
        say(problem ?? `${prettyBytes(blocks * 512)}, for later bakes`);
      });
      saved += since;
      keptAt = Date.now();
    },
  };
};

const unknown = "its repositories of packages cannot be asked whether they changed";

const titled = (steps: readonly { name: string }[], done: number): string =>
  done === 0 ? "before the first step" : `after ${steps[done - 1]?.name ?? `step ${done}`}`;

const isInstalling = (step: BakeOrder["job"]["recipe"]["steps"][number]): boolean =>
  step.kind === "packages" &&
  step.skipped === undefined &&
  (step.upgrade || step.install.length > 0);

/** Of all that is installed; undefined where they are not known, or said two things. */
const repositoriesOf = async (
  { disk, resumed }: KeeperOrder,
  sandbox: Sandbox,
  installed: boolean,
): Promise<RepositoryDigest[] | undefined> => {
  const before = resumed === undefined ? disk.repositories : resumed.repositories;
  if (!installed || before === undefined) return before;
  const now = await imageRepositories(sandbox);
  if (now === undefined) return undefined;
  const all = new Map(now.map((one) => [one.url, one]));
  const differs = before.some(({ url, digest }) => (all.get(url)?.digest ?? digest) !== digest);
  if (differs) return undefined;
  for (const one of before) all.set(one.url, one);
  return [...all.values()];
};

/** What steps left in temporary folders is on no disk, and may be what a later step needs. */
const untidy = async (root: string): Promise<string | undefined> => {
  for (const path of ["/tmp", "/var/tmp"]) {
    const names = await readdir(await inside(root, path)).catch(() => undefined);
    if (names === undefined) return `a step took ${path} away`;
    const [left] = names;
    if (left !== undefined) return `a step left ${JSON.stringify(`${path}/${left}`)}`;
  }
  return undefined;
};

const written = async (disk: ReadyDisk): Promise<AsyncDisposable | undefined> => {
  await disk.writeBack();
  return stillDisk(disk.root, disk.mounts);
};

/** Whether a copy takes no time and no room; where that cannot be found out, it does. */
const canClone = async (disk: string, folder: string): Promise<boolean> => {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(from, "whether");
    const { status } = await attempt(["cp", "--reflink=always", "--", from, to]);
    return status === 0 && (await stat(disk)).dev === (await stat(folder)).dev;
  } catch {
    return false; // a full disk is told of where something needs it
  } finally {
    await attempt(["rm", "-f", "--", from, to]);
  }
};

/** The record comes last: a disk without one is not whole. What went wrong, in words. */
const keep = async (
  disk: string,
  folder: string,
  record: KeptDisk,
): Promise<string | undefined> => {
  const path = join(folder, String(record.steps));
  try {
    await mkdir(folder, { recursive: true });
    await run(["cp", "--reflink=auto", "--sparse=auto", "--", disk, `${path}.raw`]);
    await writeFile(`${path}.part`, JSON.stringify(record));
    await rename(`${path}.part`, `${path}.json`);
    return undefined;
  } catch (error) {
    // the bake itself may have room enough
    await attempt(["rm", "-f", "--", `${path}.raw`, `${path}.part`]);
    return `not kept: ${String(error)}`;
  }
};
