import { lstat } from "node:fs/promises";
import { posix } from "node:path";
import { hasProgram } from "../has-program.ts";
import { insideParent } from "../inside.ts";
import type { Sandbox } from "../sandbox.ts";
import { type StandIn, StandIns } from "../stand-ins.ts";
import { answerDebconf, removeAnswers } from "./debconf.ts";
import { divert, undivert, writeDiverted } from "./diversion.ts";
import { grubInstall, grubProbe } from "./grub-probe.ts";
import { kernelConfigurations } from "./kernel-configurations.ts";
import type { BootMount } from "./mounts.ts";

/**
 * For the environment of programs that install kernels. The ESP may be a copy in memory, which
 * bootctl and kernel-install would not believe to be one: https://systemd.io/ENVIRONMENT/
 */
export const bootEnvironment = { SYSTEMD_RELAX_ESP_CHECKS: "1" };

/** What is in the image while steps run, so that they can install kernels and boot loaders. */
export interface BootStandIns extends AsyncDisposable {
  /**
   * Before every step: an earlier one may have installed a boot loader. Answers variables for the
   * step's environment. Throws CommandFailed.
   */
  place(): Promise<Record<string, string>>;
  /** Puts everything back, until they are placed again. Throws CommandFailed. */
  remove(): Promise<void>;
}

/**
 * Prepares an image for steps that install kernels: GRUB's programs that look at devices answer
 * by what we know, initramfs are made for any machine and not for this one, and kernel-install
 * finds the image's own command line. Disposing it puts everything back.
 */
export const openBootStandIns = async (
  sandbox: Sandbox,
  mounts: readonly BootMount[],
): Promise<BootStandIns> => {
  const { root } = sandbox;
  const files = new Map<string, StandIns>();
  const diverted = new Map<string, StandIn>();
  const wanted = await kernelConfigurations(root);
  const remove = async () => {
    for (const file of files.values()) await file.remove();
    for (const standIn of diverted.values()) await undivert(sandbox, standIn);
    files.clear();
    diverted.clear();
    await removeAnswers(root);
  };
  return {
    async place() {
      for (const standIn of await programs(root, mounts)) {
        if (diverted.has(standIn.path)) await writeDiverted(root, standIn);
        else if (await divert(sandbox, standIn)) diverted.set(standIn.path, standIn);
        else add(files, root, standIn);
      }
      for (const standIn of wanted) if (await hasFolder(root, standIn)) add(files, root, standIn);
      for (const file of files.values()) await file.place();
      return { ...bootEnvironment, ...(await answerDebconf(root)) };
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
};

const add = (files: Map<string, StandIns>, root: string, standIn: StandIn): void => {
  if (!files.has(standIn.path)) files.set(standIn.path, new StandIns(root, [standIn]));
};

/** Those of GRUB's programs that the image has. */
const programs = async (root: string, mounts: readonly BootMount[]): Promise<StandIn[]> => {
  const found: StandIn[] = [];
  const probe = { content: grubProbe(mounts), mode: 0o755 };
  for (const path of ["/usr/sbin/grub-probe", "/usr/sbin/grub2-probe"]) {
    if (await hasProgram(root, posix.basename(path))) found.push({ path, ...probe });
  }
  // elsewhere nothing but a person runs it, and fails without devices as that person expects
  const isDebian = await hasProgram(root, "dpkg-divert");
  if (isDebian && (await hasProgram(root, "grub-install"))) {
    found.push({ path: "/usr/sbin/grub-install", content: grubInstall, mode: 0o755 });
  }
  return found;
};

const hasFolder = async (root: string, { path }: StandIn): Promise<boolean> => {
  const folder = await insideParent(root, posix.dirname(path)).catch(() => undefined);
  return (
    folder !== undefined && (await lstat(folder).catch(() => undefined))?.isDirectory() === true
  );
};
