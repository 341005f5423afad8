import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { NotBootable } from "../../core/errors.ts";
import { hasProgram } from "../has-program.ts";
import { inside } from "../inside.ts";
import { readInside } from "../read-inside.ts";
import { type BootEntry, checked, problemsOf } from "./check.ts";
import { grubEnvironment } from "./command-line.ts";
import { defaultGrubEntry, type GrubConfig, kernelEntries, readGrubConfig } from "./grub-config.ts";
import { versionIn } from "./kernels.ts";
import { refreshBls } from "./refresh-bls.ts";
import type { RefreshContext } from "./refresh-context.ts";

/**
 * Generates grub.cfg anew where it is not what grub-mkconfig would write now, and checks what it
 * boots. One that a person wrote stays as it is. Throws NotBootable.
 */
export const refreshGrub = async (context: RefreshContext, path: string): Promise<string> => {
  let config = await readConfig(context, path);
  if (config.bls) return refreshBls(context, config);
  if (config.generated && (await isStale(context, config, path))) {
    const program = (await hasProgram(context.root, "grub-mkconfig"))
      ? "grub-mkconfig"
      : "grub2-mkconfig";
    await context.inImage([program, "-o", path]);
    config = await readConfig(context, path);
  }
  const entry = await defaultOf(context, config, path);
  const kernel = await checked(context, entry);
  const [newest] = context.kernels;
  const version = versionIn(kernel);
  if (version !== newest.version && kernelEntries(config.entries).length > 1) {
    const chosen = JSON.stringify(entry.title);
    context.say(`GRUB boots ${chosen}, as it is told to; the newest kernel is ${newest.version}`);
  }
  return kernel;
};

const readConfig = async ({ root }: RefreshContext, path: string): Promise<GrubConfig> =>
  readGrubConfig((await readInside(root, path)) ?? "");

const defaultOf = async (
  { root }: RefreshContext,
  config: GrubConfig,
  path: string,
): Promise<BootEntry> => {
  const saved = (await grubEnvironment(root)).get("saved_entry") ?? "";
  const entry = defaultGrubEntry(config, saved);
  if (entry?.linux === undefined) {
    throw new NotBootable(`${path} of the image has no entry with a kernel that boots by default`);
  }
  return { ...entry, linux: entry.linux };
};

/** Whether the kernels, or what else grub-mkconfig reads, are not those it has read. */
const isStale = async (
  context: RefreshContext,
  config: GrubConfig,
  path: string,
): Promise<boolean> => {
  const listed = new Set(kernelEntries(config.entries).map(({ linux = "" }) => versionIn(linux)));
  const installed = context.kernels.filter(({ image }) => image.startsWith("/boot/"));
  if (installed.some(({ version }) => !listed.has(version))) return true;
  for (const entry of kernelEntries(config.entries)) {
    if ((await problemsOf(context, { ...entry, linux: entry.linux ?? "" })).length > 0) return true;
  }
  const entry = await defaultOf(context, config, path).catch(() => undefined);
  return entry === undefined || (await isOlder(context.root, path));
};

const sources = ["/etc/default/grub", "/etc/default/grub.d", "/etc/grub.d"];

/** Whether grub.cfg was written before what it is made of. */
const isOlder = async (root: string, config: string): Promise<boolean> => {
  const written = (await lstat(await inside(root, config))).mtimeMs;
  for (const source of sources) {
    const path = await inside(root, source).catch(() => "");
    const names = await readdir(path).catch(() => []);
    for (const name of ["", ...names]) {
      const there = await lstat(join(path, name)).catch(() => undefined);
      if (there !== undefined && there.mtimeMs > written) return true;
    }
  }
  return false;
};
