import { ancestorText } from "../ancestor-text.ts";
import { openBakery } from "../bakery.ts";
import { print, printJson } from "../output.ts";
import { stateDirOf } from "../state-dir.ts";
import { verdictLine } from "../verdict-page.ts";
import { localTime, table, tagText } from "../table.ts";
import { treeDigestOf } from "../tree-digest-of.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Prints all that is known of one image, and where its disk is. */
export const show = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const image = await bakery.find(idOrName);
  const path = bakery.disk(image);
  const [verdict, treeDigest] = [await bakery.verdict(image), await treeDigestOf(bakery, image)];
  const more = { ...(verdict && { verdict }), ...(treeDigest && { treeDigest }) };
  if (options.json) return printJson({ ...image, path, ...more });
  const rows = [
    ["id", image.imageId],
    ["name", image.name],
    ["description", image.description],
    ["state", image.state],
    ["created", localTime(image.created)],
    ["origin", image.lineage.slice(0, 1).map(ancestorText).join("")],
    ["operating system", image.disk.operatingSystem],
    ["kernel", image.disk.kernel],
    ["architecture", image.disk.architecture],
    ["boot mode", image.disk.bootMode],
    ["file system", image.disk.fileSystem],
    ["size", `${image.rootVolumeSize} GiB`],
    ["tags", tagText(image.tags)],
    ["policy", verdictLine(verdict)],
    ["bake", image.bake],
    ["snapshot", image.snapshotId],
    ["file tree", treeDigest ?? ""],
    ["disk", path],
  ];
  print(table([], rows));
};
