import type { Image } from "../../core/image.ts";
import { openBakery } from "../bakery.ts";
import { note, print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { localTime, table, tagText } from "../table.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Lists the published images. */
export const images = async (_operands: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const found = await bakery.images();
  if (options.json) printJson(found);
  else if (found.length === 0) note("no images yet: bake one with `ovenbird bake RECIPE`");
  else print(table(columns, found.map(row)));
};

const columns = ["ID", "NAME", "CREATED", "ARCHITECTURE", "BOOT", "FS", "GiB", "TAGS"];

const row = (image: Image): string[] => [
  image.imageId,
  image.name,
  localTime(image.created),
  image.disk.architecture,
  image.disk.bootMode,
  image.disk.fileSystem,
  String(image.rootVolumeSize),
  tagText(image.tags),
];
