import { mkdir, realpath } from "node:fs/promises";
import { UnusablePath } from "../core/errors.ts";
import { run } from "./run.ts";

export interface Mounted extends AsyncDisposable {
  path: string;
}

export interface MountOrder {
  source: string;
  type: string;
  options?: string;
}

/**
 * Mounts on a folder, which is made when missing, until the scope ends. The folder must not lie in
 * an image unless it was resolved there. All this is in the agent's own mount namespace. `enter`
 * comes before the program: what runs it in another network.
 */
export const mounted = async (
  path: string,
  order: MountOrder,
  enter: readonly string[] = [],
): Promise<Mounted> => {
  const checkPlace = await mountOn(path, order, enter);
  return {
    path,
    async [Symbol.asyncDispose]() {
      await checkPlace();
      await run(["umount", "--", path]);
    },
  };
};

interface Placed {
  path: string;
  checkPlace(): Promise<void>;
}

/**
 * Mounts of which a later one may lie in an earlier one, or over it: when the scope ends, one
 * program undoes all that can be seen to be in their places at once.
 */
export class Mounts implements AsyncDisposable {
  readonly #all: Placed[] = [];

  async add(path: string, order: MountOrder): Promise<void> {
    this.#all.push({ path, checkPlace: await mountOn(path, order) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const places: PromiseSettledResult<void>[] = [];
    for (const batch of batchesOf(this.#all.splice(0).toReversed())) {
      const own = await Promise.allSettled(batch.map(({ checkPlace }) => checkPlace()));
      const there = batch.filter((_, index) => own[index]?.status === "fulfilled");
      if (there.length > 0) await run(["umount", "--", ...there.map(({ path }) => path)]);
      places.push(...own);
    }
    for (const place of places) if (place.status === "rejected") throw place.reason;
  }
}

/** The last first; nobody sees the place of one before what was mounted over it is gone. */
const batchesOf = (last: readonly Placed[]): Placed[][] => {
  const batches: Placed[][] = [];
  for (const one of last) {
    const batch = batches.at(-1);
    const isCovered = batch?.some(({ path }) => `${one.path}/`.startsWith(`${path}/`));
    if (batch === undefined || isCovered === true) batches.push([one]);
    else batch.push(one);
  }
  return batches;
};

const mountOn = async (
  path: string,
  { source, type, options }: MountOrder,
  enter: readonly string[] = [],
): Promise<() => Promise<void>> => {
  await mkdir(path, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // a file, for a file to be bound on
  });
  const given = options === undefined ? [] : ["-o", options];
  await run([...enter, "mount", "-t", type, ...given, "--", source, path]);
  return placeChecker(path);
};

/**
 * What it answers throws UnusablePath when a path leads elsewhere by now. A step cannot remove or
 * rename what is mounted, but a folder above it, and put a link to this machine in its place.
 */
export const placeChecker = async (path: string): Promise<() => Promise<void>> => {
  const place = await realpath(path);
  return async () => {
    if ((await realpath(path).catch(() => undefined)) === place) return;
    throw new UnusablePath(
      `a step moved a folder that ${path} lies in, on which something is mounted; steps may change ` +
        "what is mounted, and not where",
    );
  };
};
