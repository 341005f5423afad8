import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { create } from "tar";
import type { Architecture } from "../core/job.ts";
import { agentPrograms } from "./agent-programs.ts";
import { bundle, licences } from "./bundle.ts";
import { fetchNode, type NodeFiles, nodePin } from "./node.ts";

export interface PackOrder {
  architecture: Architecture;
  /** Where the archive goes, as `agent-<architecture>.tar.gz`. */
  folder: string;
  /** Instead of the pinned one, which is fetched. */
  node?: NodeFiles;
  /** zlib's level of compression, 1 to 9; 9 when absent. */
  level?: number;
}

export interface Packed {
  path: string;
  sha256: string;
}

/**
 * Packs the agent for builders of an architecture: its programs, each with all it uses in one file,
 * and the pinned Node. The same input makes the same bytes: no time, owner or order of this
 * machine's is in the archive.
 */
export const packAgent = async (order: PackOrder): Promise<Packed> => {
  const { architecture, folder, level = 9 } = order;
  const work = await mkdtemp(join(tmpdir(), "ovenbird-pack-"));
  try {
    const stage = join(work, "stage");
    await mkdir(stage);
    const node = order.node ?? (await fetchNode(architecture, work));
    const files = await stageFiles(architecture, stage, node);
    const archive = gzipSync(await tarOf(stage, files), { level });
    await mkdir(folder, { recursive: true });
    const path = join(folder, `agent-${architecture}.tar.gz`);
    await writeFile(path, archive);
    return { path, sha256: createHash("sha256").update(archive).digest("hex") };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
};

/** Puts all files of the package into a folder; their names there. */
const stageFiles = async (
  architecture: Architecture,
  stage: string,
  node: NodeFiles,
): Promise<string[]> => {
  const programs = [...agentPrograms, "agent/builder/main.ts"];
  const made = await bundle({ entryPoints: programs, outdir: stage });
  await copyFile(node.binary, join(stage, "node"));
  await copyFile(node.licence, join(stage, "LICENSE.node"));
  await copyFile("LICENSE", join(stage, "LICENSE"));
  await writeFile(join(stage, "LICENSES"), await licences([made]));
  await writeFile(join(stage, "package.json"), await description(architecture));
  const files = [
    ...["LICENSE", "LICENSE.node", "LICENSES", "node", "package.json"],
    ...programs.map((path) => path.replace(/\.ts$/, ".js")),
  ].toSorted();
  for (const file of files) await chmod(join(stage, file), file === "node" ? 0o755 : 0o644);
  return files;
};

/** What Node needs to take the programs for modules, and a person to know what this is. */
const description = async (architecture: Architecture): Promise<string> => {
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  const node = nodePin(architecture);
  const about = { name: "ovenbird-agent", version, type: "module", architecture, node };
  return `${JSON.stringify(about, null, 2)}\n`;
};

/** Each by its name alone: its owner is root, and its time the epoch. */
const tarOf = async (cwd: string, files: readonly string[]): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  const archive = create({ cwd, portable: true, mtime: new Date(0), noDirRecurse: true }, [
    ...files,
  ]);
  for await (const chunk of archive) chunks.push(chunk);
  return Buffer.concat(chunks);
};
