import prettyBytes from "pretty-bytes";
import { extname, resolve } from "node:path";
import { exportDisk } from "../../local/disk-format/export-disk.ts";
import { type DiskFormat, diskFormats } from "../../local/disk-format/format.ts";
import { keepExport } from "../../local/exports.ts";
import { pathsIn } from "../../local/paths.ts";
import { missingText } from "../../local/requirements/preflight.ts";
import { missingRequirements } from "../../local/requirements/missing.ts";
import { hostArchitecture } from "../../local/requirements/machine.ts";
import { useSystemFolders } from "../../local/requirements/search-path.ts";
import { NotReady } from "../../core/errors.ts";
import type { Image } from "../../core/image.ts";
import { usualArchitecture } from "../../core/settle-origin.ts";
import { openBakery } from "../bakery.ts";
import { UsageError } from "../errors.ts";
import { interruptible } from "../interruptible.ts";
import { note, print, printJson } from "../output.ts";
import { percentOn } from "../progress/percent.ts";
import { stateDirOf } from "../state-dir.ts";

interface Options {
  format?: DiskFormat;
  force?: boolean;
  json?: boolean;
  state?: string;
}

/** Writes an image's disk to a file that other programs take. */
export const exportImage = async (operands: string[], options: Options): Promise<void> => {
  const [idOrName = "", path = ""] = operands;
  const format = options.format ?? formatByName(path);
  const bakery = openBakery(stateDirOf(options.state));
  const image = await bakery.find(idOrName);
  useSystemFolders();
  await requireTools(format);
  const { force } = options;
  const exported = await interruptible(note, async (signal) => {
    using progress = percentOn(process.stderr, `${path}  ${format}`);
    const order = { disk: bakery.disk(image), to: path, format, force, signal };
    return await exportDisk({ ...order, progress: progress.show });
  });
  await recorded(options, image, { digest: exported.digest, bytes: exported.bytes, format });
  if (options.json) return printJson({ imageId: image.imageId, path, format, ...exported });
  print(`${path}  ${format}  ${prettyBytes(exported.bytes)}  ${exported.digest}`);
};

/** By its digest `verify` knows the file again; who may not write there has the file all the same. */
const recorded = async (
  { state }: Options,
  image: Image,
  exported: Parameters<typeof keepExport>[2],
): Promise<void> => {
  try {
    await keepExport(pathsIn(resolve(stateDirOf(state))), image, exported);
  } catch (error) {
    note(`the file is written, and nobody noted that it is of ${image.imageId}: ${String(error)}`);
  }
};

const formatByName = (path: string): DiskFormat => {
  const found = diskFormats.find((format) => extname(path) === `.${format}`);
  if (found !== undefined) return found;
  throw new UsageError(
    `the name ${path} does not say the format`,
    `end it in one of ${diskFormats.map((format) => `.${format}`).join(", ")}, or give --format`,
  );
};

const requireTools = async (format: DiskFormat): Promise<void> => {
  if (format === "raw") return; // cp is everywhere
  const needs = {
    ...{ fileSystems: [], distributions: [], origins: ["file" as const], steps: [] },
    boots: false,
  };
  const architecture = hostArchitecture() ?? usualArchitecture;
  const missing = await missingRequirements({ architecture, ...needs });
  const ours = missing.filter(({ id }) => exporters.has(id));
  if (ours.length > 0) throw new NotReady(missingText(ours));
};

/** Requirements of what is exported with. */
const exporters = new Set(["qemu-img", "bubblewrap"]);
