import { jsonText, note } from "../output.ts";
import type { Out, Progress } from "./progress.ts";

/** One event a line and nothing else. */
export const jsonLines = (out: Out): Progress => ({
  show(event) {
    out.write(`${jsonText(event)}\n`);
  },
  note,
  [Symbol.dispose]() {},
});
