import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CorruptRecord, NotFound, NotReady } from "../../core/errors.ts";
import type { Image } from "../../core/image.ts";
import type { Inventory } from "../../core/inventory.ts";
import { unpackInventory } from "../../core/inventory/document.ts";
import { type Verification, verifyInventory } from "../../core/inventory/verify.ts";
import { isMissing } from "../../local/missing.ts";
import { pathsIn } from "../../local/paths.ts";
import { readDisk } from "../../local/read-disk.ts";
import { missingRequirements } from "../../local/requirements/missing.ts";
import { hostArchitecture, isRoot } from "../../local/requirements/machine.ts";
import { missingText } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { usualArchitecture } from "../../core/settle-origin.ts";
import { agentProgram } from "../agent-program.ts";
import { openBakery } from "../bakery.ts";
import { NotAsBaked, UsageError } from "../errors.ts";
import { interruptible } from "../interruptible.ts";
import { inventoryOf } from "../inventory-of.ts";
import { note, print, printJson } from "../output.ts";
import { proofsOf } from "../proofs.ts";
import { stateDirOf } from "../state-dir.ts";
import { verifyPage } from "../verify-page.ts";

interface Options {
  against?: string;
  json?: boolean;
  state?: string;
}

/** What is verified, and the inventory it is held against. */
interface Subject {
  name: string;
  /** Of its disk. */
  file: string;
  baked: Inventory;
  /** Whose statements are held against it; a mere file has none. */
  image?: Image;
}

/**
 * Reads an image's disk again, or a disk's file, and says in what it is not as its inventory says;
 * of an image also what is proven of it by what was signed. Throws NotAsBaked when it is not, or
 * cannot be read any more, or is not what was signed.
 */
export const verify = async ([operand = ""]: string[], options: Options): Promise<void> => {
  useSystemFolders();
  const subject = await (options.against === undefined
    ? ofImage(operand, options)
    : ofFile(operand, options.against));
  await requireTools();
  const found = await readAgain(subject, options);
  const tree = found.digest.found;
  const proofs =
    subject.image && (await proofsOf(stateDirOf(options.state), subject.image, { tree }));
  if (options.json) printJson({ subject: subject.name, ...found, ...(proofs && { proofs }) });
  else print(verifyPage(subject.name, found, proofs));
  if (!found.same) throw new NotAsBaked(`${subject.name} is not as its inventory says`);
  if (proofs?.outcome === "broken") {
    throw new NotAsBaked(`${subject.name} is not what was signed of it`);
  }
};

const ofImage = async (idOrName: string, { state }: Options): Promise<Subject> => {
  const isFile = await stat(idOrName).catch(() => undefined);
  if (idOrName.includes("/") || isFile?.isFile() === true) {
    throw new UsageError(
      `nothing tells what ${idOrName} was`,
      "name the inventory that was taken of it: --against INVENTORY.json.gz",
    );
  }
  const bakery = openBakery(stateDirOf(state));
  const image = await bakery.find(idOrName);
  const name = `${image.imageId} (${image.name})`;
  return { name, file: bakery.disk(image), baked: await inventoryOf(bakery, image), image };
};

const ofFile = async (file: string, against: string): Promise<Subject> => {
  const packed = await readFile(against).catch((error: unknown) => {
    throw isMissing(error) ? new NotFound(`there is no inventory ${against}`) : error;
  });
  try {
    return { name: file, file: resolve(file), baked: unpackInventory(packed) };
  } catch (error) {
    throw new CorruptRecord(`${against} is no inventory of this version`, { cause: error });
  }
};

const unreadable = new Set(["CorruptDisk", "InventoryFailed", "UnsupportedDisk", "UnusablePath"]);

const readAgain = async (subject: Subject, { state }: Options): Promise<Verification> => {
  const paths = pathsIn(resolve(stateDirOf(state)));
  const order = { paths, file: subject.file, program: agentProgram, say: note };
  try {
    const now = await interruptible(note, (signal) => readDisk({ ...order, signal }));
    return verifyInventory(subject.baked, now);
  } catch (error) {
    if (!(error instanceof Error) || !unreadable.has(error.name)) throw error;
    const what = `${subject.name} cannot be read as it was when its inventory was taken`;
    throw new NotAsBaked(`${what}: ${error.message}`, { cause: error });
  }
};

/** Requirements of what a disk is read with. */
const readers = new Set(
  "sfdisk blkid mount util-linux findutils getfattr mtools ext4 xfs btrfs findmnt".split(" "),
);

const requireTools = async (): Promise<void> => {
  if (!isRoot()) throw new NotReady("a disk is mounted to be read: run verify as root, with sudo");
  const missing = await missingRequirements({
    ...{ architecture: hostArchitecture() ?? usualArchitecture, boots: false, steps: [] },
    ...{ fileSystems: ["ext4", "xfs", "btrfs"], distributions: [], origins: ["file"] },
  });
  const ours = missing.filter(({ id }) => readers.has(id));
  if (ours.length > 0) throw new NotReady(missingText(ours));
};
