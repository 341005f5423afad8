import { chmod, lchown, lstat, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { join, posix } from "node:path";
import type { FileEntry, FilesStep } from "../../core/step.ts";
import { fillTemplate } from "../../core/recipe/fill.ts";
import { accountOf, groupIdOf } from "../accounts.ts";
import { folderInside, inside } from "../inside.ts";
import { replaced, writeReplaced } from "../replaced.ts";
import type { StepContext } from "./step-context.ts";

interface Owner {
  uid: number;
  gid: number;
}

/** Writes files into the image. What is there under the name is replaced, links included. */
export const writeFiles = async (context: StepContext, step: FilesStep): Promise<void> => {
  const { root } = context.sandbox;
  for (const file of step.files) {
    const { uid } = await accountOf(root, file.owner);
    const owner = { uid, gid: await groupIdOf(root, file.group) };
    const source = sourceOf(context, file);
    if (source === undefined) await writeText(root, file.path, file.content ?? "", file, owner);
    else await copyInto(context, source, file.path, file, owner);
    context.say(file.path);
  }
};

const sourceOf = ({ job }: StepContext, { source, asset }: FileEntry) =>
  asset === undefined ? source && join(job.bundle, source) : job.assets[asset];

const copyInto = async (
  context: StepContext,
  source: string,
  path: string,
  file: FileEntry,
  owner: Owner,
): Promise<void> => {
  const { root } = context.sandbox;
  const there = await lstat(source);
  if (there.isDirectory()) {
    await makeFolder(root, path, there.mode, owner);
    for (const name of await readdir(source)) {
      await copyInto(context, join(source, name), posix.join(path, name), file, owner);
    }
  } else if (there.isSymbolicLink()) {
    const target = await replaced(root, path);
    await symlink(await readlink(source), target);
    await lchown(target, owner.uid, owner.gid);
  } else {
    const content = await contentOf(context, source, file);
    await writeText(root, path, content, { mode: file.mode ?? octal(there.mode) }, owner);
  }
};

/** A folder the image has keeps its owner and mode: an overlay of /etc must not own /etc. */
const makeFolder = async (
  root: string,
  path: string,
  mode: number,
  owner: Owner,
): Promise<void> => {
  const known = await lstat(await inside(root, path)).catch(() => undefined);
  const folder = await folderInside(root, path);
  if (known !== undefined) return;
  await chmod(folder, mode & 0o7777);
  await lchown(folder, owner.uid, owner.gid);
};

const octal = (mode: number): string => (mode & 0o7777).toString(8);

const contentOf = async (
  { job }: StepContext,
  source: string,
  { template, source: name = "" }: FileEntry,
): Promise<string | Buffer> => {
  if (!template) return readFile(source);
  const secrets = job.recipe.secrets.map(({ name }) => name);
  return fillTemplate(await readFile(source, "utf8"), job.recipe.parameters, secrets, name);
};

const writeText = async (
  root: string,
  path: string,
  content: string | Buffer,
  { mode = "0644" }: { mode?: string },
  owner: Owner,
): Promise<void> => {
  const target = await writeReplaced(root, path, content);
  await lchown(target, owner.uid, owner.gid);
  // after the owner: a change of owner takes the set-user-ID bit away
  await chmod(target, Number.parseInt(mode, 8));
};
