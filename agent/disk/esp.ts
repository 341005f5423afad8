import { join } from "node:path";
import { CommandFailed } from "../../core/errors.ts";
import { mounted, placeChecker } from "../mount.ts";
import { type EspChanges, espChanges, folder, type Manifest } from "./esp-changes.ts";
import { applyChanges, copyOut, freshCopy } from "./fat.ts";
import { manifestOf, sameContent } from "./manifest.ts";
import { shown } from "./shown.ts";

export interface EspOrder {
  device: string;
  /** Bytes of the partition. */
  size: number;
  /** Where it is wanted, on the host. */
  path: string;
  /** A folder of its own on a tmpfs, which is not there yet. */
  scratch: string;
}

const memory = { source: "tmpfs", type: "tmpfs" };

/** Files and folders of an EFI system partition: a hundred are many. */
const mostFiles = 16_384;

/** A mounted file system whose files may be a copy, until they are written back. */
export interface WrittenBack extends AsyncDisposable {
  /** Has on the disk what the files are now. Throws UnfitForEsp. */
  writeBack?(): Promise<void>;
}

/**
 * Puts a copy of a FAT, on a tmpfs, where the FAT would be mounted; what has changed in it is
 * written back when it is told to, and when the scope ends. Throws UnfitForEsp, UnusablePath, then.
 */
export const espCopy = async (order: EspOrder): Promise<WrittenBack> => {
  await using stack = new AsyncDisposableStack();
  // folders of a FAT that was made to do harm lead into each other, without end
  const options = `nodev,mode=0755,size=${order.size},nr_inodes=${mostFiles}`;
  const { path } = stack.use(await mounted(order.path, { ...memory, options }));
  await copyOut(order.device, path);
  let before = await manifestOf(path);
  const checkPlace = await placeChecker(path);
  const writeBack = async () => {
    await checkPlace(); // or files of this machine would be written to the image's disk
    const after = await manifestOf(path);
    if (isSame(before, after)) return;
    const changes = await compare(order, path, after);
    await applyChanges(order.device, path, changes);
    await verify(order, path, changes);
    before = after;
  };
  stack.defer(writeBack);
  const open = stack.move();
  return { writeBack, [Symbol.asyncDispose]: () => open.disposeAsync() };
};

const isSame = (before: Manifest, after: Manifest): boolean =>
  before.size === after.size && [...after].every(([path, state]) => before.get(path) === state);

/** What is to be done, files that were only touched left alone. */
const compare = async (
  { device, scratch }: EspOrder,
  path: string,
  after: Manifest,
): Promise<EspChanges> => {
  await using original = await freshCopy(device, scratch);
  const before = await manifestOf(original.path);
  const likened = new Map(after);
  for (const [name, state] of after) {
    const was = before.get(name);
    if (was === undefined || was === folder || state === folder) continue;
    if (await sameContent(join(path, name), join(original.path, name))) likened.set(name, was);
  }
  return espChanges(before, likened);
};

/** Whether the image boots depends on what the partition has now, so that is read again. */
const verify = async (
  { device, scratch }: EspOrder,
  path: string,
  changes: EspChanges,
): Promise<void> => {
  await using written = await freshCopy(device, scratch);
  const there = keysOf(await manifestOf(written.path));
  const wanted = keysOf(await manifestOf(path));
  const wrong = [...wanted].filter((key) => !there.has(key));
  wrong.push(...[...there].filter((key) => !wanted.has(key)));
  for (const { from, to } of changes.write) {
    const file = join(written.path, to);
    if (there.has(keyOf(to)) && !(await sameContent(join(path, from), file))) wrong.push(to);
  }
  if (wrong.length === 0) return;
  const names = wrong.map(shown).join(", ");
  throw new CommandFailed(`mtools left the EFI system partition other than it should be: ${names}`);
};

const keyOf = (name: string): string => name.toLowerCase();

const keysOf = (manifest: Manifest): Set<string> => new Set([...manifest.keys()].map(keyOf));
