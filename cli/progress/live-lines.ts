import { createLogUpdate } from "log-update";
import type { BakeEvent } from "../../core/bake-event.ts";
import { recipeOfBake } from "../../core/ids.ts";
import { drawView, stateLines } from "./draw.ts";
import { duration } from "./duration.ts";
import { placesOf } from "./plain-lines.ts";
import { printable, printableLines } from "./printable.ts";
import type { Out, Progress, Show } from "./progress.ts";
import { advance, type View } from "./view.ts";

/** Ten frames a second: smooth to the eye, and nothing beside what apt prints. Milliseconds. */
const interval = 100;

/**
 * Draws what is running at the foot of the terminal and leaves what is finished above it. Events
 * change the view only; the clock draws it, so a step that prints a gigabyte costs ten frames a
 * second.
 */
export const liveLines = (out: Out, { several }: Show): Progress => {
  // Its way of hiding the cursor takes over the handling of signals.
  const screen = createLogUpdate(out, { showCursor: true });
  const view: View = [];
  let count = 0;
  const frame = () => ({ out, now: Date.now(), count, several });
  const draw = () => {
    count += 1;
    if (view.length > 0) screen(drawView(view, frame()));
  };
  const keep = (lines: string[]) => {
    if (lines.length > 0) screen.persist(lines.join("\n"));
  };
  const timer = setInterval(draw, interval).unref();
  return {
    show(event) {
      const left = advance(view, event).flatMap((state) => stateLines(state, frame()));
      keep([...left, ...remarks(event, several)]);
    },
    note(line) {
      keep(printableLines(line));
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      screen.done();
    },
  };
};

const remarks = (event: BakeEvent, several: boolean): string[] => {
  if (event.event === "bake-started") return [`bake ${event.bake} of ${printable(event.recipe)}`];
  if (event.event !== "bake-finished") return [];
  const name = several ? `${recipeOfBake(event.bake)} ` : "";
  return [`${name}${event.status} in ${duration(event.seconds)}`, ...placesOf(event)];
};
