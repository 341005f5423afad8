import { resolve } from "node:path";
import { NotReady } from "../../core/errors.ts";
import { type Verification, verifyInventory } from "../../core/inventory/verify.ts";
import { usualArchitecture } from "../../core/settle-origin.ts";
import { proveBundle } from "../../core/statement/prove-image.ts";
import { pathsIn } from "../../local/paths.ts";
import { readDisk } from "../../local/read-disk.ts";
import { missingRequirements } from "../../local/requirements/missing.ts";
import { hostArchitecture, isRoot } from "../../local/requirements/machine.ts";
import { missingText } from "../../local/requirements/preflight.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { agentProgram } from "../agent-program.ts";
import { NotAsBaked } from "../errors.ts";
import { holdProofs, type Proofs } from "../hold-proofs.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { machineKeys, proofsOf, sha256, treeOf } from "../proofs.ts";
import { readKeys } from "../read-keys.ts";
import { stateDirOf } from "../state-dir.ts";
import { verifyPage } from "../verify-page.ts";
import { type Subject, type SubjectOptions, subjectOf } from "../verify-subject.ts";

interface Options extends SubjectOptions {
  key?: string[];
  json?: boolean;
}

/**
 * Reads an image's disk again, or a disk's file, and says in what it is not as its inventory says;
 * of an image, or a file whose statements are there, also what is proven of it by what was signed.
 * Throws NotAsBaked when it is not, or cannot be read any more, or is not what was signed.
 */
export const verify = async ([operand = ""]: string[], options: Options): Promise<void> => {
  useSystemFolders();
  await requireTools();
  const subject = await interruptible(note, (signal) => subjectOf(operand, options, signal));
  const found = await readAgain(subject, options);
  const proofs = await proofsFor(subject, options, found.digest.found);
  const { name, checksum } = subject;
  const told = { ...(checksum && { checksum }), ...(proofs && { proofs }) };
  if (options.json) printJson({ subject: name, ...found, ...told });
  else print(verifyPage(name, found, told));
  if (!found.same) throw new NotAsBaked(`${name} is not as its inventory says`);
  if (checksum !== undefined && checksum.written !== checksum.found) {
    throw new NotAsBaked(`${name} is not the file that ${name}.sha256 says`);
  }
  if (proofs?.outcome === "broken") throw new NotAsBaked(`${name} is not what was signed of it`);
};

const proofsFor = async (
  { image, statements, packed, name }: Subject,
  { state, key }: Options,
  tree: string,
): Promise<Proofs | undefined> => {
  const stateDir = stateDirOf(state);
  const keys = await readKeys(key);
  if (image !== undefined) return proofsOf(stateDir, image, { tree }, keys);
  if (statements === undefined || packed === undefined) return undefined;
  const trusted = keys ?? (await machineKeys(stateDir));
  return holdProofs(async () => ({
    proof: proveBundle(statements, trusted, name),
    seen: { inventory: sha256(packed), recorded: treeOf(packed, name), tree },
  }));
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
