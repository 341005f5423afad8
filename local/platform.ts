import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { SnapshotId } from "../core/ids.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import { recipeFiles } from "../core/recipe/bundle.ts";
import type { ResourceDescriptor } from "../core/statement/statement.ts";
import type { Platform } from "../core/statement/attest.ts";
import type { PublicKeys } from "../core/statement/signer.ts";
import { digestFiles } from "./digest.ts";
import { madeId } from "./made-id.ts";
import { bakeFolder, type Paths, snapshotFolder } from "./paths.ts";

export interface LocalPlatform {
  paths: Paths;
  keys: PublicKeys;
  /** Ovenbird's. */
  version: string;
  /** The agent's program: with the folder it is in, it is what worked on the disk. */
  program: string;
}

/** The algorithm of digests of folders, and of files with their modes: local/digest.ts. */
const ofFolders = "ovenbirdFolder";

/** This machine: who speaks is whoever has its key, and it says no more of where it is. */
export const machinePlatform = (local: LocalPlatform): Platform => ({
  place: {},
  async builder() {
    const [key] = await local.keys.trusted();
    const id = `ovenbird:machine/${key?.keyId}`;
    return { id, version: { ovenbird: local.version, node: process.version } };
  },
  async bundle(bake, recipe) {
    const folder = join(bakeFolder(local.paths, bake), "bundle");
    const digests = await digestFiles(folder, recipeFiles(recipe));
    return Object.entries(digests)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, digest]) => ({ name, digest: { [ofFolders]: digest } }));
  },
  async tools(): Promise<ResourceDescriptor[]> {
    const folder = dirname(local.program);
    const { agent = "" } = await digestFiles(dirname(folder), ["agent"]);
    const uri = `pkg:npm/ovenbird@${local.version}`;
    return [
      { name: "ovenbird-agent", uri, digest: { [ofFolders]: agent } },
      {
        ...{ name: "node", uri: `pkg:generic/node@${process.versions.node}` },
        digest: { sha256: await digestOfNode() },
        annotations: { what: "the program that ran the agent" },
      },
    ];
  },
  async inventory(bake) {
    const snapshotId = SnapshotId.parse(madeId("snap", bake));
    return readFile(join(snapshotFolder(local.paths, snapshotId), inventoryFile));
  },
});

let node: Promise<string> | undefined;

/** Once in a process: it has 120 MB, and whoever bakes several images would wait for each. */
const digestOfNode = (): Promise<string> => (node ??= digestOf(process.execPath));

const digestOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash, { end: false });
  return hash.digest("hex");
};
