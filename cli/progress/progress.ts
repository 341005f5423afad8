import type { BakeEvent } from "../../core/bake-event.ts";
import { jsonLines } from "./json-lines.ts";
import { plainLines } from "./plain-lines.ts";

/** Where progress goes: as much of a terminal's or a pipe's stream as the renderers use. */
export type Out = NodeJS.WritableStream & { isTTY?: boolean; columns?: number; rows?: number };

/** Shows a bake while it runs. */
export interface Progress extends Disposable {
  show: (event: BakeEvent) => void;
  /** A remark between the lines. */
  note: (line: string) => void;
}

export interface Show {
  /** Several bakes at once, each told by its recipe's name. */
  several: boolean;
}

/**
 * Live on a terminal, plain lines on anything else, JSON for programs. A terminal without a size,
 * as script(1) and CI services make them, has no line to draw on.
 */
export const progressOn = async (
  out: Out,
  { json, several }: Show & { json: boolean },
): Promise<Progress> => {
  if (json) return jsonLines(out);
  const isTerminal = out.isTTY === true && out.columns !== 0 && process.env["TERM"] !== "dumb";
  if (!isTerminal) return plainLines(out, { several });
  const { liveLines } = await import("./live-lines.ts"); // what draws takes long to load
  return liveLines(out, { several });
};
