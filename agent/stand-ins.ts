import { lstat, readFile, rename, rm, writeFile } from "node:fs/promises";
import { despiteFlags, type Flags, restoreFlags } from "./flags.ts";
import { insideParent } from "./inside.ts";
import type { PackageManager } from "./package-managers.ts";

/** A file that is in the image only while steps run. */
export interface StandIn {
  /** Its path in the image. */
  path: string;
  content: string;
  mode: number;
}

const suffix = ".ovenbird-original";

/**
 * Puts files in the place of the image's own, before every step, and puts the image's back in the
 * end. A step may itself replace such a file (a resolver's package makes resolv.conf a link):
 * what it made is then what the image keeps.
 */
export class StandIns {
  readonly #root: string;
  readonly #standIns: readonly StandIn[];
  /** With the flags that the image's own file had. */
  readonly #placed = new Map<StandIn, Flags>();

  constructor(root: string, standIns: readonly StandIn[]) {
    this.#root = root;
    this.#standIns = standIns;
  }

  async place(): Promise<void> {
    for (const standIn of this.#standIns) {
      const path = await insideParent(this.#root, standIn.path);
      if (this.#placed.has(standIn) && (await isOurs(path, standIn))) continue;
      if (!this.#placed.has(standIn)) await putBackKilled(path, standIn);
      // what an earlier step replaced or removed is no longer what the image had
      await rm(path + suffix, { recursive: true, force: true });
      this.#placed.set(standIn, await putAside(path, standIn));
      const options = { mode: standIn.mode, flag: "wx" };
      await despiteFlags(path, standIn.path, () => writeFile(path, standIn.content, options));
    }
  }

  async remove(): Promise<void> {
    for (const [standIn, flags] of this.#placed) {
      const path = await insideParent(this.#root, standIn.path);
      if (await isOurs(path, standIn)) {
        await rm(path);
        if (!(await exists(path + suffix))) continue;
        await rename(path + suffix, path);
        await restoreFlags(path, flags);
      } else {
        await rm(path + suffix, { recursive: true, force: true });
      }
    }
  }
}

/** Makes room for a stand-in; answers what kept the image's own file in its place. */
const putAside = async (path: string, standIn: StandIn): Promise<Flags> =>
  (await exists(path)) ? despiteFlags(path, standIn.path, () => rename(path, path + suffix)) : "";
/** An agent that was killed left the image's own file aside: a kept disk is opened again. */
const putBackKilled = async (path: string, standIn: StandIn): Promise<void> => {
  if (!(await exists(path + suffix)) || !(await isOurs(path, standIn))) return;
  await rm(path);
  await rename(path + suffix, path);
};

const isOurs = async (path: string, { content }: StandIn): Promise<boolean> => {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined || !there.isFile() || there.size !== Buffer.byteLength(content)) {
    return false;
  }
  return (await readFile(path, "utf8")) === content;
};

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Stand-ins for the time of the steps. */
export const stepStandIns = (
  resolvConf: string,
  manager: Pick<PackageManager, "program"> | undefined,
): StandIn[] => [
  { path: "/etc/resolv.conf", content: resolvConf, mode: 0o644 },
  // 101: "action forbidden by policy"; packages that start their services then do not.
  // https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
  { path: "/usr/sbin/policy-rc.d", content: "#!/bin/sh\nexit 101\n", mode: 0o755 },
  // it asks packages' questions before they are unpacked, so that a person need not wait; nobody is
  // there to answer, and each package asks them again when it is configured
  ...(manager?.program === "apt-get"
    ? [{ path: "/usr/sbin/dpkg-preconfigure", content: "#!/bin/sh\nexit 0\n", mode: 0o755 }]
    : []),
];
