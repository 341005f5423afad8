import { writeFile } from "node:fs/promises";
import { posix } from "node:path";
import { NotBootable } from "../../core/errors.ts";
import { hasProgram } from "../has-program.ts";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { type BootEntry, checked } from "./check.ts";
import { defaultLabel, type ExtlinuxLabel, readExtlinux } from "./extlinux-config.ts";
import { versionIn } from "./kernels.ts";
import { mountOf } from "./mounts.ts";
import { realPath } from "./real-path.ts";
import type { RefreshContext } from "./refresh-context.ts";

/** Programs that write extlinux.conf: Alpine's, Debian's of old, u-boot-menu's. */
const generators = ["update-extlinux", "extlinux-update", "u-boot-update"];

/**
 * Has extlinux.conf written anew by the program that the image has for it, or, where a person
 * wrote it, puts the newest kernel's version in the place of the one that its default label
 * names. Links to kernels are left to their packages. Throws NotBootable.
 */
export const refreshExtlinux = async (context: RefreshContext, config: string): Promise<string> => {
  const [newest] = context.kernels;
  let label = await labelOf(context, config);
  if (!(await bootsNewest(context, config, label))) {
    const generator = await firstOf(context.root, generators);
    if (generator !== undefined) await context.inImage([generator]);
    else await renew(context, config, label);
    label = await labelOf(context, config);
  }
  const kernel = await checked(context, bootEntry(context, config, label));
  const version = versionIn(await realPath(context.root, kernel));
  if (version !== newest.version) {
    context.say(`extlinux boots ${JSON.stringify(kernel)}; the newest kernel is ${newest.version}`);
  }
  return realPath(context.root, kernel);
};

const labelOf = async ({ root }: RefreshContext, config: string): Promise<ExtlinuxLabel> => {
  const label = defaultLabel(readExtlinux((await readInside(root, config)) ?? ""));
  if (label?.linux !== undefined) return label;
  throw new NotBootable(`${config} of the image has no label with a kernel`);
};

const bootEntry = (
  { mounts }: RefreshContext,
  config: string,
  { name, linux = "", initrd, options }: ExtlinuxLabel,
): BootEntry => {
  const mount = mountOf(mounts, config);
  // a path that begins with no slash begins where the configuration is
  const folder = `/${posix.relative(mount?.path ?? "/", posix.dirname(config))}`;
  const full = (path: string) => posix.resolve(folder, path);
  return { title: name, linux: full(linux), initrd: initrd.map(full), options, uuid: mount?.uuid };
};

const bootsNewest = async (
  context: RefreshContext,
  config: string,
  label: ExtlinuxLabel,
): Promise<boolean> => {
  const { linux } = bootEntry(context, config, label);
  const path = posix.join(mountOf(context.mounts, config)?.path ?? "/", linux);
  return versionIn(await realPath(context.root, path)) === context.kernels[0].version;
};

const renew = async (
  { root, kernels, say }: RefreshContext,
  config: string,
  { linux = "" }: ExtlinuxLabel,
): Promise<void> => {
  const old = versionIn(posix.resolve("/", linux));
  if (old === undefined) return;
  const text = (await readInside(root, config)) ?? "";
  await writeFile(
    await inside(root, config),
    text.replaceAll(old, () => kernels[0].version),
  );
  say(`${config} boots ${kernels[0].version} instead of ${JSON.stringify(old)}`);
};

const firstOf = async (root: string, names: readonly string[]): Promise<string | undefined> => {
  for (const name of names) if (await hasProgram(root, name)) return name;
  return undefined;
};
