import type { BakeId } from "../core/ids.ts";
import { localTime } from "./table.ts";

/** What became of the builder of a bake that failed and was told to keep it. */
export const keptText = (
  kept: { bake: BakeId; until: Date } | undefined,
  state: string | undefined,
): string => {
  if (kept === undefined) {
    return "nothing is kept: a builder is, when the bake fails in a step or in what comes right after the steps";
  }
  const where = inState(state);
  const { bake, until } = kept;
  return [
    `its builder is kept until ${localTime(until.toISOString())}`,
    `  ovenbird shell ${bake}${where}    opens a shell on its disk, where the steps ran`,
    `  ovenbird release ${bake}${where}  gives it back`,
  ].join("\n");
};

/** What is kept of an image that the provenance policy refused. */
export const judgedText = (bake: BakeId, state: string | undefined): string =>
  `all that was said of it is kept: ovenbird check ${bake}${inState(state)}`;

const inState = (state: string | undefined): string =>
  state === undefined ? "" : ` --state ${shellWord(state)}`;

const shellWord = (text: string): string =>
  /^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
