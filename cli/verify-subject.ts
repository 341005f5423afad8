import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { CorruptRecord, NotFound } from "../core/errors.ts";
import type { Image } from "../core/image.ts";
import type { Inventory } from "../core/inventory.ts";
import { unpackInventory } from "../core/inventory/document.ts";
import { readChecksum } from "../local/disk-format/checksum.ts";
import { digestOf } from "../local/disk-format/digest-of.ts";
import { exportedImage } from "../local/exports.ts";
import { isMissing } from "../local/missing.ts";
import { pathsIn } from "../local/paths.ts";
import { type Bakery, openBakery } from "./bakery.ts";
import { NotAsBaked, UsageError } from "./errors.ts";
import { inventoryOf } from "./inventory-of.ts";
import { stateDirOf } from "./state-dir.ts";

export interface SubjectOptions {
  against?: string;
  statements?: string;
  state?: string;
}

/** What is verified, and what it is held against. */
export interface Subject {
  name: string;
  /** Of its disk. */
  file: string;
  baked: Inventory;
  /** The inventory as it is kept, of a mere file. */
  packed?: Buffer;
  /** Whose statements are held against it. */
  image?: Image;
  /** The text of a file's statements, where it was named. */
  statements?: string;
  /** What the file beside a file says of it: `sha256:` and 64 digits. */
  checksum?: Checksum;
}

export interface Checksum {
  written: string;
  found: string;
}

/** Throws UsageError, NotFound, CorruptRecord, NotAsBaked. */
export const subjectOf = async (
  operand: string,
  options: SubjectOptions,
  signal: AbortSignal,
): Promise<Subject> => {
  const there = await stat(operand).catch(() => undefined);
  const isFile = operand.includes("/") || there?.isFile() === true;
  if (options.statements !== undefined) assertAgainst(options, isFile);
  if (isFile || options.against !== undefined) return ofFile(operand, options, signal);
  return ofImage(openBakery(stateDirOf(options.state)), operand);
};

/** Of what this machine baked or exported, the statements that are kept with the image count. */
const assertAgainst = ({ against }: SubjectOptions, isFile: boolean): void => {
  if (against !== undefined) return;
  throw isFile
    ? new UsageError(
        "statements are held against an inventory, and none is named",
        "add --against INVENTORY; or leave --statements out: of a file that was exported here, those that are kept with its image are verified",
      )
    : new UsageError(
        "an image's statements are those that are kept with it",
        "name them with a file: --statements FILE --against INVENTORY",
      );
};

const ofImage = async (bakery: Bakery, idOrName: string): Promise<Subject> => {
  const image = await bakery.find(idOrName);
  const name = `${image.imageId} (${image.name})`;
  return { name, file: bakery.disk(image), baked: await inventoryOf(bakery, image), image };
};

const ofFile = async (
  file: string,
  { against, statements, state }: SubjectOptions,
  signal: AbortSignal,
): Promise<Subject> => {
  const written = await readChecksum(file);
  const isAsked = written !== undefined || against === undefined;
  const found = isAsked ? await digestOf(file, signal) : undefined;
  const known = {
    ...{ name: file, file: resolve(file) },
    ...(written !== undefined && found !== undefined && { checksum: { written, found } }),
  };
  if (against === undefined) return { ...known, ...(await exported(file, known, found, state)) };
  return {
    ...{ ...known, ...(await readInventory(against)) },
    ...(statements !== undefined && { statements: await readText(statements) }),
  };
};

/** The image of which the file was made on this machine, by its digest. */
const exported = async (
  file: string,
  { checksum }: Pick<Subject, "checksum">,
  digest = "",
  state?: string,
): Promise<Pick<Subject, "baked" | "image">> => {
  const stateDir = stateDirOf(state);
  const image = await exportedImage(pathsIn(resolve(stateDir)), digest);
  if (image !== undefined) {
    return { image, baked: await inventoryOf(openBakery(stateDir), image) };
  }
  if (checksum !== undefined && checksum.written !== checksum.found) {
    throw new NotAsBaked(
      `${file} is not what ${file}.sha256 says: its SHA-256 is ${checksum.found}, not ${checksum.written}`,
    );
  }
  throw new UsageError(
    `nothing tells what ${file} was: this machine exported no file with the SHA-256 ${digest.slice(7)}`,
    "name the inventory that was taken of it: --against INVENTORY.json.gz",
  );
};

const readInventory = async (
  against: string,
): Promise<Pick<Subject, "baked"> & { packed: Buffer }> => {
  const packed = await readFile(against).catch((error: unknown) => {
    throw isMissing(error) ? new NotFound(`there is no inventory ${against}`) : error;
  });
  try {
    return { packed, baked: unpackInventory(packed) };
  } catch (error) {
    throw new CorruptRecord(`${against} is no inventory of this version`, { cause: error });
  }
};

const readText = (file: string): Promise<string> =>
  readFile(file, "utf8").catch((error: unknown) => {
    throw isMissing(error) ? new NotFound(`there is no file ${file} with statements`) : error;
  });
