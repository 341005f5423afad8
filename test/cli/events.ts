import { BakeEvent } from "../../core/bake-event.ts";
import { BakeId } from "../../core/ids.ts";

export const bake = BakeId.parse("web-0123456789abcdef-1");
const began = 1_763_700_000_000;

/** What terminals would obey: a title, a cleared screen, an 8-bit CSI, a bell, a cut-off escape. */
export const hostile = "\u001b]0;owned\u0007a\u001b[2J\u001b[31mb\u009b5mc\u0007d\u001b";

const failing = [
  { event: "bake-started", at: 0, recipe: "web.yaml" },
  { event: "state-entered", at: 0, state: "ReadRecipe" },
  { event: "state-exited", at: 12, state: "ReadRecipe", status: "succeeded", seconds: 0.012 },
  { event: "state-entered", at: 20, state: "RunAgent" },
  { event: "step-started", at: 30, step: "install nginx" },
  { event: "step-output", at: 40, step: "install nginx", text: "Reading lists\n10%\r100%\n" },
  { event: "step-output", at: 41, step: "install nginx", text: hostile },
  {
    event: "step-finished",
    at: 1530,
    step: "install nginx",
    status: "succeeded",
    seconds: 1.5,
  },
  {
    event: "step-finished",
    at: 1530,
    step: "debug tools",
    status: "skipped",
    seconds: 0,
    reason: "when: DEBUG is false",
  },
  { event: "step-started", at: 1540, step: "configure" },
  { event: "step-output", at: 1600, step: "configure", text: `${"x".repeat(70)}\ttail` },
  { event: "step-finished", at: 2000, step: "configure", status: "failed", seconds: 0.46 },
  { event: "state-exited", at: 2010, state: "RunAgent", status: "failed", seconds: 2 },
  {
    event: "bake-finished",
    at: 62_000,
    status: "failed",
    seconds: 62,
    error: "StepFailed",
    message: "configure ended with status 1",
    log: "/state/logs/web.jsonl",
  },
];

/** A bake that fails in its second step, as it was told. */
export const events: BakeEvent[] = failing.map((event) =>
  BakeEvent.parse({ ...event, bake, at: event.at + began }),
);
