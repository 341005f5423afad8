import type { Image } from "../../core/image.ts";
import { openBakery } from "../bakery.ts";
import { ancestorText } from "../ancestor-text.ts";
import { print, printJson } from "../output.ts";
import { printable } from "../progress/printable.ts";
import { stateDirOf } from "../state-dir.ts";
import { localTime } from "../table.ts";

interface Options {
  json?: boolean;
  state?: string;
}

/** Prints what an image descends from, down to the stock disk, and what descends from it. */
export const lineage = async ([idOrName = ""]: string[], options: Options): Promise<void> => {
  const bakery = openBakery(stateDirOf(options.state));
  const image = await bakery.find(idOrName);
  const all = await bakery.images();
  const descendants = all.filter((other) => descends(other, image));
  if (options.json) {
    return printJson({ imageId: image.imageId, ancestors: image.lineage, descendants });
  }
  const ancestors = image.lineage.toReversed().map(ancestorText);
  const lines = [...ancestors, `${imageText(image)}  <`];
  print([...lines.map(indented), ...childLines(image, all, lines.length)].join("\n"));
};

const descends = (one: Image, from: Image): boolean =>
  one.lineage.some((ancestor) => ancestor.kind === "image" && ancestor.imageId === from.imageId);

const imageText = ({ name, imageId, created }: Image): string =>
  `${name}  ${imageId}  ${localTime(created)}`;

const indented = (text: string, depth: number): string =>
  `${depth === 0 ? "" : `${"   ".repeat(depth - 1)}└─ `}${printable(text)}`;

/** Children, each with its own below it. */
const childLines = (parent: Image, all: readonly Image[], depth: number): string[] =>
  all
    .filter(
      ({ lineage: [origin] }) => origin?.kind === "image" && origin.imageId === parent.imageId,
    )
    .flatMap((child) => [indented(imageText(child), depth), ...childLines(child, all, depth + 1)]);
