import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Measure, measured, type Taken } from "./command.ts";
import type { Kitchen } from "./scratch.ts";

const run = promisify(execFile);

/** GiB. */
const size = 4;

/**
 * About 1 GB of files: a small Debian, and its programs and libraries twice; the second time
 * without the set-user-ID bits that policy would ask about.
 */
const parentRecipe = `image:
  name: parent
  root_volume_size: ${size}
  origin: { scratch: { distribution: debian, suite: trixie } }
  configure:
    - shell: cp -a /usr /srv/usr && find /srv/usr -perm /6000 -exec chmod u-s,g-s {} +
`;

const childRecipe = (name: string, steps = "") => `image:
  name: ${name}
  origin: { recipe: parent }
${steps}`;

const nginx = `  configure:
    - packages: [nginx-light]
`;

/** Steps that are done once, and one that changes with every bake. */
const edited = `image:
  name: edited
  root_volume_size: ${size}
  origin: { scratch: { distribution: debian, suite: trixie } }
  parameters: { EDIT: {} }
  configure:
    - packages: [nginx-light, curl, python3]
    - shell: echo "$EDIT" > /edit
`;

/** A state directory with a parent, and recipes of its children. */
export interface Family extends Kitchen {
  state: string;
  parentDisk: string;
}

/** Bakes the parent, once. */
export const openFamily = async (kitchen: Kitchen): Promise<Family> => {
  const { folder, cache } = kitchen;
  const recipes = {
    ...{ parent: parentRecipe, nothing: childRecipe("nothing"), other: childRecipe("other") },
    ...{ nginx: childRecipe("nginx", nginx), edited },
  };
  for (const [name, text] of Object.entries(recipes)) {
    await writeFile(join(folder, `${name}.yaml`), text);
  }
  const state = join(folder, "family");
  const parent = ["bake", join(folder, "parent.yaml"), "--state", state, "--json"];
  const baked = await measured(parent, { env: { XDG_CACHE_HOME: cache } });
  if (baked.status !== 0) throw new Error(`the parent's bake ended with status ${baked.status}`);
  const { stdout } = await run("find", [join(state, "snapshots"), "-name", "disk.raw"]);
  return { ...kitchen, state, parentDisk: stdout.trim() };
};

/** Seconds of a child's bake, until it would be booted. */
export const bakeChild = (
  family: Family,
  name: string,
  more: readonly string[] = [],
): Promise<number> => bakeTogether(family, [name], { more });

/** Seconds of children's bakes at once, until the last would be booted; the first waits with that. */
export const bakeChildren = {
  byOneCommand: (family: Family, names: readonly string[]): Promise<number> =>
    bakeTogether(family, names, { boots: false }),
  async bySeveral(family: Family, names: readonly string[]): Promise<number> {
    let left = names.length;
    const all = Promise.withResolvers<void>();
    const patience = async () => {
      if (--left === 0) all.resolve();
      await all.promise;
    };
    const bakes = names.map((name) => bakeTogether(family, [name], { boots: false, patience }));
    return Math.max(...(await Promise.all(bakes)));
  },
};

interface Together extends Pick<Measure, "patience"> {
  more?: readonly string[];
  /** False: what is there first begins no boot test, which takes processors from the others. */
  boots?: boolean;
}

const bakeTogether = async (
  { folder, cache, state }: Family,
  names: readonly string[],
  { more = [], boots = true, patience }: Together,
): Promise<number> => {
  const path = boots ? "" : `${await patientPrograms(folder)}:`;
  const env = { XDG_CACHE_HOME: cache, PATH: path + process.env["PATH"] };
  const recipes = names.map((name) => join(folder, `${name}.yaml`));
  const bakes = names.length;
  const options = ["--state", state, "--json", "--parallel", String(bakes), ...more];
  await settled();
  const taken = await measured(["bake", ...recipes, ...options], {
    ...{ env, until: "TestImage", bakes, ...(patience && { patience }) },
  });
  assertStopped(taken, names.join(" and "));
  return taken.seconds;
};

/** A folder for the PATH: a child without steps needs cp(1) for nothing but to be booted. */
const patientPrograms = async (folder: string): Promise<string> => {
  const programs = join(folder, "patient");
  await mkdir(programs, { recursive: true });
  await writeFile(join(programs, "cp"), "#!/bin/sh\nexec sleep 60\n", { mode: 0o755 });
  return programs;
};

/** What those before wrote, the kernel writes up to half a minute later: here, before the next begins. */
const settled = () => run("sync");

const interrupted = 130;

const assertStopped = ({ status }: Taken, name: string): void => {
  if (status !== interrupted) throw new Error(`the bake of ${name} ended with status ${status}`);
};

/** Empties the step cache. */
export const forgetSteps = async ({ state }: Family): Promise<void> => {
  await rm(join(state, "steps"), { recursive: true, force: true });
};

/** Where a root file system begins that Ovenbird made, and how long it is: see agent/layout.ts. */
const rootOf = async (disk: string): Promise<{ start: number; size: number }> => {
  const { stdout } = await run("sfdisk", ["--json", disk]);
  const { partitiontable } = JSON.parse(stdout) as {
    partitiontable: { partitions: { start: number; size: number; name?: string }[] };
  };
  const root = partitiontable.partitions.find(({ name }) => name === "root");
  if (root === undefined) throw new Error(`${disk} has no partition of the name root`);
  return { start: root.start * 512, size: root.size * 512 };
};

/**
 * Seconds of a shell script that copies the parent's disk, mounts it and unmounts it, and does
 * something in a chroot there, as people do without a tool for it.
 */
export const bareChild = async (family: Family, script = "true"): Promise<number> => {
  const place = join(family.folder, "bare-child");
  await mkdir(place);
  const { start, size: length } = await rootOf(family.parentDisk);
  await settled();
  const whole = `
    set -eu
    cd "$1"
    cp --sparse=auto "$2" disk.raw
    mkdir root
    mount -o "loop,offset=$3,sizelimit=$4" disk.raw root
    ${script}
    umount --recursive root
    sync disk.raw
  `;
  const parameters = [place, family.parentDisk, String(start), String(length)];
  const began = performance.now();
  await run("unshare", ["--mount", "bash", "-c", whole, "bash", ...parameters], {
    maxBuffer: 64 * 1024 ** 2,
  });
  const seconds = (performance.now() - began) / 1000;
  await run("rm", ["-r", place]);
  return seconds;
};

/** What Packer's amazon-chroot does around a command, and the command. */
export const bareNginx = `
    mount -t proc proc root/proc
    mount -t sysfs sysfs root/sys
    mount --bind /dev root/dev
    rm -f root/etc/resolv.conf
    cp /etc/resolv.conf root/etc/resolv.conf
    printf '#!/bin/sh\\nexit 101\\n' > root/usr/sbin/policy-rc.d
    chmod +x root/usr/sbin/policy-rc.d
    export DEBIAN_FRONTEND=noninteractive
    chroot root apt-get --yes --quiet update
    chroot root apt-get --yes --quiet install nginx-light
    chroot root apt-get clean
    rm root/usr/sbin/policy-rc.d
`;
