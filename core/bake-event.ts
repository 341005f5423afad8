import * as z from "zod";
import { AgentEvent } from "./agent-event.ts";
import { Announcement } from "./announcement.ts";
import { BakeId, ImageId } from "./ids.ts";

const at = z.number();

const StateEntered = z.strictObject({ event: z.literal("state-entered"), at, state: z.string() });

const StateExited = z.strictObject({
  event: z.literal("state-exited"),
  at,
  state: z.string(),
  status: z.enum(["succeeded", "failed"]),
  seconds: z.number(),
});

const StateWaits = z.strictObject({
  event: z.literal("state-waits"),
  at,
  state: z.string(),
  /** What for: a sentence. */
  message: z.string(),
});

const Announced = z.strictObject({
  event: z.literal("announced"),
  at,
  announcement: Announcement,
});

const [StepStarted, StepOutput, StepFinished] = AgentEvent.options;

/** What happens in a bake, as those tell it who know only the one. */
export type Happening =
  | AgentEvent
  | z.infer<typeof StateEntered>
  | z.infer<typeof StateExited>
  | z.infer<typeof StateWaits>
  | z.infer<typeof Announced>;

/**
 * What a bake says while it runs, in order; `ovenbird bake --json` prints one a line. `at` is
 * milliseconds since the epoch, `seconds` a duration. A step belongs to the state its bake entered
 * last: the agent's own phases and the recipe's steps in RunAgent, the tests in TestImage.
 */
export const BakeEvent = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("bake-started"), at, bake: BakeId, recipe: z.string() }),
  StateEntered.extend({ bake: BakeId }),
  StateExited.extend({ bake: BakeId }),
  StateWaits.extend({ bake: BakeId }),
  StepStarted.extend({ bake: BakeId }),
  StepOutput.extend({ bake: BakeId }),
  StepFinished.extend({ bake: BakeId }),
  Announced.extend({ bake: BakeId }),
  z.strictObject({
    event: z.literal("bake-finished"),
    at,
    bake: BakeId,
    status: z.enum(["published", "failed", "rejected", "stopped"]),
    seconds: z.number(),
    imageId: ImageId.optional(),
    /** The error's name and the sentence for the operator. */
    error: z.string().optional(),
    message: z.string().optional(),
    /** Path of the kept log of a bake that did not publish. */
    log: z.string().optional(),
    /** Path of the page about its image; absent where there was none that policy could judge. */
    report: z.string().optional(),
    /** Until when the builder of a bake that failed is kept; absent when it is not. */
    keptUntil: z.iso.datetime().optional(),
  }),
]);
export type BakeEvent = z.infer<typeof BakeEvent>;
