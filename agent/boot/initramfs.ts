import { hasProgram } from "../has-program.ts";
import { installedKernels, type Kernel } from "./kernels.ts";
import type { InImage } from "./refresh-context.ts";

/**
 * Makes a kernel's initramfs where its package has left that out: some do so where they take the
 * sandbox for a container. Throws NotBootable.
 */
export const makeInitramfs = async (
  root: string,
  kernel: Kernel,
  inImage: InImage,
): Promise<Kernel> => {
  if (kernel.initramfs !== undefined) return kernel;
  const command = await commandFor(root, kernel.version);
  if (command === undefined) return kernel; // such a kernel boots without one
  await inImage(command);
  const made = (await installedKernels(root)).find(({ version }) => version === kernel.version);
  return made ?? kernel;
};

const commandFor = async (root: string, version: string): Promise<string[] | undefined> => {
  if (await hasProgram(root, "update-initramfs")) return ["update-initramfs", "-c", "-k", version];
  if (!(await hasProgram(root, "dracut"))) return undefined;
  return ["dracut", "--no-hostonly", "--force", `/boot/initramfs-${version}.img`, version];
};
