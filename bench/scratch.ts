import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { scratchPackages } from "../agent/scratch.ts";
import { measured, secondsIn } from "./command.ts";

const run = promisify(execFile);

const suite = "trixie";

/** GiB. */
const size = 2;

const recipe = `image:
  name: bench
  root_volume_size: ${size}
  origin: { scratch: { distribution: debian, suite: ${suite} } }
`;

/** A folder for what a bench makes, with a cache of packages that both sides take from. */
export interface Kitchen {
  folder: string;
  cache: string;
  packages: string;
}

export const openKitchen = async (folder: string): Promise<Kitchen> => {
  const cache = join(folder, "cache");
  await writeFile(join(folder, "bench.yaml"), recipe);
  return { folder, cache, packages: join(cache, `ovenbird/packages/debian-${suite}`) };
};

/** Bakes from scratch; what it took without its boot test, in seconds, and its peak in bytes. */
export const bakeScratch = async ({ folder, cache }: Kitchen) => {
  const state = join(folder, "state");
  const taken = await measured(["bake", join(folder, "bench.yaml"), "--state", state, "--json"], {
    env: { XDG_CACHE_HOME: cache },
  });
  if (taken.status !== 0) throw new Error(`the bake ended with status ${taken.status}`);
  await run("rm", ["-r", state]);
  return { seconds: taken.seconds - secondsIn(taken, "TestImage"), peak: taken.peak };
};

/**
 * The same packages by mmdebstrap alone onto a mounted ext4; seconds of mmdebstrap itself, and
 * with what it wrote on the disk, which the bake waits for, too.
 */
export const bareMmdebstrap = async ({ folder, packages }: Kitchen) => {
  const place = join(folder, "bare");
  await mkdir(place);
  const names = scratchPackages(
    { kind: "scratch", distribution: "debian", suite, packages: [], fileSystem: "ext4" },
    process.arch === "arm64" ? "arm64" : "x86_64",
  );
  const script = `
    set -eu
    cd "$1"
    truncate --size ${size}G disk.raw
    mkfs.ext4 -q -F disk.raw
    mkdir root
    mount -o loop disk.raw root
    mkdir -p root/var/cache/apt/archives
    cp -al "$2" packages
    mkdir packages/partial
    mount --bind packages root/var/cache/apt/archives
    echo "$EPOCHREALTIME"
    mmdebstrap --quiet --mode=root --variant=minbase --format=directory \\
      --skip=check/empty,essential/unlink,cleanup/apt/cache --components=main \\
      --include="$3" ${suite} root >&2
    echo "$EPOCHREALTIME"
    umount root/var/cache/apt/archives root
    sync disk.raw
    echo "$EPOCHREALTIME"
  `;
  const parameters = ["--mount", "bash", "-c", script, "bash", place, packages, names.join(",")];
  const { stdout } = await run("unshare", parameters, { env: { ...process.env, LC_ALL: "C" } });
  await run("rm", ["-r", place]);
  const [from = 0, installed = 0, written = 0] = stdout.trim().split("\n").map(Number);
  return { installed: installed - from, written: written - from };
};
