import { lstat, rm } from "node:fs/promises";
import { posix } from "node:path";
import { CommandFailed } from "../../core/errors.ts";
import { hasProgram } from "../has-program.ts";
import { insideParent } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { writeReplaced } from "../replaced.ts";
import type { Sandbox } from "../sandbox.ts";
import { type StandIn, StandIns } from "../stand-ins.ts";
import { answerDebconf, removeAnswers } from "./debconf.ts";
import { commandLineOf } from "./command-line.ts";
import { entryToken } from "./entry-token.ts";
import { grubInstall, grubProbe } from "./grub-probe.ts";
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
  const wanted = await configurations(root);
  return {
    async place() {
      for (const standIn of await programs(root, mounts)) {
        if (diverted.has(standIn.path)) await writeProgram(root, standIn);
        else if (await divert(sandbox, standIn)) diverted.set(standIn.path, standIn);
        else add(files, root, standIn);
      }
      for (const standIn of wanted) if (await hasFolder(root, standIn)) add(files, root, standIn);
      for (const file of files.values()) await file.place();
      return { ...bootEnvironment, ...(await answerDebconf(root)) };
    },
    async [Symbol.asyncDispose]() {
      for (const file of files.values()) await file.remove();
      for (const standIn of diverted.values()) await undivert(sandbox, standIn);
      files.clear();
      diverted.clear();
      await removeAnswers(root);
    },
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

const configurations = async (root: string): Promise<StandIn[]> => {
  const text = { mode: 0o644 };
  const files: StandIn[] = [
    // what a distribution does for one machine's initramfs, it does again on that machine
    { path: "/etc/dracut.conf.d/zz-ovenbird.conf", content: hostOnlyNot, ...text },
    { path: "/etc/initramfs-tools/conf.d/zz-ovenbird", content: "MODULES=most\n", ...text },
  ];
  const commandLine = await commandLineOf(root);
  const written = await readInside(root, "/etc/kernel/cmdline");
  if (written === undefined && commandLine !== "") {
    files.push({ path: "/etc/kernel/cmdline", content: `${commandLine}\n`, ...text });
  }
  const token = await entryToken(root);
  if (token !== undefined) {
    files.push({ path: "/etc/kernel/entry-token", content: `${token}\n`, ...text });
  }
  if (/^[0-9a-f]{32}$/.test(token ?? "")) {
    files.push({ path: "/etc/machine-id", content: `${token}\n`, mode: 0o444 });
  }
  return files;
};

const hostOnlyNot = 'hostonly="no"\nhostonly_cmdline="no"\n';

const hasFolder = async (root: string, { path }: StandIn): Promise<boolean> => {
  const folder = await insideParent(root, posix.dirname(path)).catch(() => undefined);
  return (
    folder !== undefined && (await lstat(folder).catch(() => undefined))?.isDirectory() === true
  );
};

const original = (path: string): string => `${path}.ovenbird-original`;

/**
 * Has dpkg put the package's own file elsewhere, now and when it is upgraded in the midst of a
 * step. Answers false where the image has no dpkg, or its owner has diverted the file already.
 */
const divert = async (sandbox: Sandbox, standIn: StandIn): Promise<boolean> => {
  if (!(await hasProgram(sandbox.root, "dpkg-divert"))) return false;
  const { path } = standIn;
  const { status } = await sandbox.run([
    ...["dpkg-divert", "--quiet", "--local", "--rename"],
    ...["--divert", original(path), "--add", path],
  ]);
  if (status !== 0) return false;
  await writeProgram(sandbox.root, standIn);
  return true;
};

const writeProgram = async (root: string, { path, content, mode }: StandIn): Promise<void> => {
  await writeReplaced(root, path, content, mode);
};

const undivert = async (sandbox: Sandbox, { path }: StandIn): Promise<void> => {
  await rm(await insideParent(sandbox.root, path), { recursive: true, force: true });
  const { status, tail } = await sandbox.run([
    ...["dpkg-divert", "--quiet", "--local", "--rename"],
    ...["--divert", original(path), "--remove", path],
  ]);
  if (status === 0) return;
  throw new CommandFailed([`dpkg-divert could not put ${path} back:`, ...tail].join("\n"));
};
