import { createLogUpdate } from "log-update";
import type { Out } from "./progress.ts";

/** Shows on a terminal how far a work is; nothing on anything else. */
export interface Percent extends Disposable {
  /** From 0 to 1. */
  show(part: number): void;
}

export const percentOn = (out: Out, what: string): Percent => {
  if (out.isTTY !== true || out.columns === 0 || process.env["TERM"] === "dumb") {
    return { show: () => undefined, [Symbol.dispose]: () => undefined };
  }
  // Its way of hiding the cursor takes over the handling of signals.
  const screen = createLogUpdate(out, { showCursor: true });
  return {
    show: (part) => screen(`${what}  ${Math.floor(part * 100)} %`),
    [Symbol.dispose]: () => screen.clear(),
  };
};
