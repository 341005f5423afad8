import prettyBytes from "pretty-bytes";
import type { Volume } from "../agent/disk/volume.ts";
import type { StockDisk } from "./stock-disk.ts";

/** What was seen of a stock disk, as rows of a table. */
export const stockRows = (stock: StockDisk): string[][] => {
  const { format, digest, bytes, layout, unseen, refused } = stock;
  const facts = [format, bytes === undefined ? undefined : prettyBytes(bytes), digest];
  const known = facts.filter((fact) => fact !== undefined);
  return [
    ...(known.length === 0 ? [] : [["stock disk", known.join(", ")]]),
    ...(layout === undefined ? [] : [["partition table", tables[layout.table]]]),
    ...(layout?.places ?? []).map((place) => [place.title, placeText(place)]),
    ...(unseen === undefined ? [] : [["stock disk", `not looked into: ${unseen}`]]),
    ...refused.flatMap((text) => text.split("\n").map((line) => ["refused", line])),
  ];
};

const tables = { gpt: "GPT", dos: "MBR", none: "none" } as const;

const placeText = ({ content, size, partition }: Volume): string => {
  const label = content?.label ?? partition?.label;
  const what = content?.type ?? "nothing known";
  return `${what}${label === undefined ? "" : ` ${JSON.stringify(label)}`}, ${prettyBytes(size)}`;
};
