import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { OriginFailed } from "../core/errors.ts";
import { noOrigins, type PackageOrigins } from "../core/inventory/found/package-list.ts";
import type { Architecture, BakeJob } from "../core/job.ts";
import type { ScratchOrigin } from "../core/origin.ts";
import type { RepositoryDigest } from "../core/step-cache.ts";
import { toolPackage } from "./file-system.ts";
import { emptyFolder, notFolders } from "./hygiene/remove.ts";
import { type ListCache, openListCache } from "./inventory/apt-lists/cache.ts";
import { aptLists, openOriginNotes } from "./inventory/apt-lists/notes.ts";
import { contained, type LateNetwork } from "./network.ts";
import { openPackageCache } from "./package-cache.ts";
import { sourceDate } from "./reproducible.ts";
import { attempt } from "./run.ts";
import { aptRepositories } from "./step-cache/apt-repositories.ts";

export interface ScratchOrder {
  origin: ScratchOrigin;
  architecture: Architecture;
  root: string;
  network: LateNetwork;
  /** A folder on a tmpfs. */
  scratch: string;
  packageCache: BakeJob["packageCache"];
  say(line: string): void;
}

/** Debian's names for processor architectures. */
const debianArchitecture: Record<Architecture, string> = { x86_64: "amd64", arm64: "arm64" };

/** Kernels made for virtual machines: small, with the drivers of EC2 and QEMU. */
const kernelPackage = {
  debian: { x86_64: "linux-image-cloud-amd64", arm64: "linux-image-cloud-arm64" },
  ubuntu: { x86_64: "linux-image-virtual", arm64: "linux-image-virtual" },
} as const;

/** What an image needs to boot, get an address and be looked at. */
const bootPackages = ["systemd-sysv", "udev", "dbus", "netbase", "iproute2", "initramfs-tools"];

/** A package of its own only in newer releases; a pattern may match nothing. */
const resolverPattern = "?exact-name(systemd-resolved)";

const components = { debian: "main", ubuntu: "main,universe" } as const;

/** Seconds: a slow mirror and a slow disk. */
const patience = 3600;

export interface Installed {
  /** What its repositories said then; undefined where that cannot be asked again. */
  repositories: RepositoryDigest[] | undefined;
  /** Which of them each package is from. */
  origins: PackageOrigins;
}

/** Installs a distribution into the mounted root by mmdebstrap. Throws OriginFailed. */
export const installScratch = async (order: ScratchOrder): Promise<Installed> => {
  const { origin, root, network, say } = order;
  // before any kernel: keep `/vmlinuz` and `/initrd.img` in `/`, where GRUB looks
  await mkdir(join(root, "etc"), { recursive: true });
  await writeFile(join(root, "etc/kernel-img.conf"), "do_symlinks = yes\nlink_in_boot = no\n");
  await using cache = await openPackageCache(
    order.packageCache,
    `${origin.distribution}-${origin.suite}`,
    join(root, "var/cache/apt/archives"),
  );
  const packages = scratchPackages(origin, order.architecture);
  const argv = [
    ...contained(await network.open()),
    ...["mmdebstrap", "--mode=root", "--variant=minbase", "--format=directory"],
    ...["--skip=check/empty,essential/unlink,cleanup/apt/cache,cleanup/apt/lists"],
    ...[`--architectures=${debianArchitecture[order.architecture]}`],
    ...[`--components=${components[origin.distribution]}`],
    ...[`--include=${packages.join(",")}`],
    ...[`--essential-hook=${steadyInitramfs}`, `--customize-hook=${unsteadyInitramfs}`],
    ...[`--customize-hook=${keepLists}`],
    ...["--", origin.suite, root, ...(origin.mirror === undefined ? [] : [origin.mirror])],
  ];
  const lists = join(order.scratch, "lists");
  await mkdir(lists);
  const env = { ...process.env, LISTS: lists } as Record<string, string>;
  const { status, timedOut, tail } = await attempt(argv, { env, onLine: say, timeout: patience });
  if (timedOut) throw new OriginFailed(`mmdebstrap did not end in ${patience} s`);
  if (status === 0) {
    await cache.keep();
    const uris = await readFile(join(lists, "uris"), "utf8").catch(() => "");
    const repositories = await aptRepositories(uris, (name) =>
      readFile(join(lists, name)).catch(() => undefined),
    );
    const known = order.packageCache && openListCache(order.packageCache.lists);
    return { repositories, origins: await originsIn(root, known) };
  }
  const what = `${origin.distribution} ${origin.suite}`;
  throw new OriginFailed([`mmdebstrap could not install ${what}:`, ...tail].join("\n"));
};

/** Lists lie on no disk that is kept: they are old when they are needed again, and large. */
const originsIn = async (root: string, known?: ListCache): Promise<PackageOrigins> => {
  const notes = openOriginNotes(root, noOrigins, known);
  await notes.look();
  await emptyFolder(root, aptLists, notFolders);
  return notes.found;
};

/** All that mmdebstrap is asked to install: what the recipe names, and what an image needs to boot. */
export const scratchPackages = (origin: ScratchOrigin, architecture: Architecture): string[] => {
  const ownKernel = origin.packages.some((name) => name.startsWith("linux-image"));
  const kernel = ownKernel ? [] : [kernelPackage[origin.distribution][architecture]];
  const needed = [...kernel, ...bootPackages, resolverPattern, toolPackage[origin.fileSystem]];
  return [...new Set([...needed, ...origin.packages])];
};

/** A hook of mmdebstrap, while it has its own settings of apt. */
const keepLists =
  'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get --print-uris update > "$LISTS/uris"; ' +
  'cp --no-dereference -- "$1"/var/lib/apt/lists/*Release "$LISTS" || true';

/**
 * Hooks of mmdebstrap, between which kernels get their initramfs: a file of settings that its
 * maker reads as a shell does, so that the times in it are not this day's.
 */
const settings = "etc/initramfs-tools/conf.d/ovenbird";
const steadyInitramfs =
  `mkdir -p "$1"/etc/initramfs-tools/conf.d && ` +
  `echo export SOURCE_DATE_EPOCH=${sourceDate.SOURCE_DATE_EPOCH} > "$1"/${settings}`;
const unsteadyInitramfs = `rm "$1"/${settings}`;
