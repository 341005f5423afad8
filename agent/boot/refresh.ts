import { NotBootable } from "../../core/errors.ts";
import { makeInitramfs } from "./initramfs.ts";
import { installedKernels, type Kernel, versionIn } from "./kernels.ts";
import { findLoaders, type Loader } from "./loaders.ts";
import type { InImage, RefreshContext, RefreshOrder } from "./refresh-context.ts";
import { refreshExtlinux } from "./refresh-extlinux.ts";
import { refreshFixed } from "./refresh-fixed.ts";
import { refreshGrub } from "./refresh-grub.ts";
import { refreshSystemdBoot } from "./refresh-systemd-boot.ts";
import { sourceDate } from "../reproducible.ts";
import { bootEnvironment, openBootStandIns } from "./stand-ins.ts";

/** What boots when nobody chooses. */
export interface Boots {
  loader: Loader["kind"];
  /** The image's path of the kernel. */
  kernel: string;
  /** As `uname -r` will say it; undefined where no path has it. */
  version?: string | undefined;
}

/** Seconds: an initramfs of all modules, on a slow machine. */
const patience = 1200;

/**
 * Sees to it, after the steps, that the newest kernel is the one that boots, by each boot loader
 * that the image has, and that what boots is there. What the image's owner has chosen stays.
 * Throws NotBootable, UnusablePath, CommandFailed.
 */
export const refreshBootLoader = async (order: RefreshOrder): Promise<Boots[]> => {
  const { sandbox, mounts } = order;
  const { root } = sandbox;
  const loaders = await findLoaders(root, mounts);
  if (loaders.length === 0) {
    throw new NotBootable(
      "the image has no boot loader that we know: GRUB, systemd-boot or extlinux, configured",
    );
  }
  await using standIns = await openBootStandIns(sandbox, mounts);
  const inImage: InImage = async (argv) => {
    await standIns.place();
    const options = {
      env: { ...bootEnvironment, ...sourceDate },
      timeout: patience,
      onLine: order.say,
    };
    const { status, tail } = await sandbox.run(argv, options);
    if (status === 0) return;
    const what = `${argv.join(" ")} ended with status ${status} in the image`;
    throw new NotBootable([`${what}; its last lines:`, ...tail].join("\n"));
  };
  const kernels = await kernelsOf(root, inImage);
  const context: RefreshContext = { ...order, root, kernels, inImage };
  const boots: Boots[] = [];
  for (const loader of loaders) {
    const kernel = await refresh(context, loader);
    boots.push({ loader: loader.kind, kernel, version: versionIn(kernel) });
  }
  return boots;
};

const kernelsOf = async (root: string, inImage: InImage): Promise<[Kernel, ...Kernel[]]> => {
  const [newest, ...others] = await installedKernels(root);
  if (newest === undefined) {
    throw new NotBootable(
      "the image has no kernel: none in /boot or /lib/modules that has modules of its version",
    );
  }
  return [await makeInitramfs(root, newest, inImage), ...others];
};

const refresh = (context: RefreshContext, loader: Loader): Promise<string> => {
  switch (loader.kind) {
    case "fixed":
      return refreshFixed(context);
    case "grub":
      return refreshGrub(context, loader.config);
    case "systemd-boot":
      return refreshSystemdBoot(context, loader.esp);
    case "extlinux":
      return refreshExtlinux(context, loader.config);
  }
};
