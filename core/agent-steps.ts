import * as z from "zod";
import { AgentEvent } from "./agent-event.ts";
import { NotFound } from "./errors.ts";
import type { BakeId } from "./ids.ts";
import { kept } from "./kept.ts";
import type { Artifacts } from "./ports.ts";

/** How long a step of an agent's took. `began` is in milliseconds since the epoch. */
export const AgentStep = z.strictObject({
  name: z.string().max(500),
  began: z.number(),
  seconds: z.number().nonnegative(),
  status: z.enum(["succeeded", "failed", "skipped"]),
  /** Why it was skipped. */
  reason: z.string().max(500).optional(),
});
export type AgentStep = z.infer<typeof AgentStep>;

/** As many as are noted: a recipe hardly has a hundred. */
export const mostSteps = 1000;
export const AgentSteps = z.array(AgentStep).max(mostSteps);

/** Where the steps of a bake's agent are kept that nobody here listened to. */
export const agentStepsFile = "agent-steps.json";
const { read } = kept(agentStepsFile, AgentSteps);

/** None where they were not kept. */
export const findAgentSteps = async (
  artifacts: Pick<Artifacts, "read">,
  bake: BakeId,
): Promise<AgentStep[]> => {
  try {
    return await read(artifacts, bake);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    return [];
  }
};

/** As JSON.stringify writes the events: output is most of what is told, and need not be parsed. */
const finished = '{"event":"step-finished"';

/** The step of which a line of the agent's says that it is over; else undefined. */
export const finishedStep = (line: string): AgentStep | undefined => {
  const event = line.startsWith(finished) ? eventIn(line) : undefined;
  if (event?.event !== "step-finished") return undefined;
  const { step, at, seconds, status, reason } = event;
  const took = Math.max(0, seconds); // a clock may be set back
  return {
    ...{ name: step.slice(0, 500), began: at - Math.round(took * 1000), seconds: took, status },
    ...(reason !== undefined && { reason: reason.slice(0, 500) }),
  };
};

/** A line that was cut is none. */
const eventIn = (line: string): AgentEvent | undefined => {
  try {
    return AgentEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
};
