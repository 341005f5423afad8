import * as z from "zod";
import { type Announcement, publicationOf } from "./announcement.ts";
import { causeMessage } from "./cause-message.ts";
import { noteEnding } from "./ending.ts";
import type { EndedExecution, Executions, HistoryEvent } from "./executions.ts";
import { BakeId, recipeOfBake } from "./ids.ts";
import type { Announcements, Artifacts, Builders, Images } from "./ports.ts";

/** How an execution ended. */
export interface BakeEnd {
  bake: BakeId;
  status: "succeeded" | "failed" | "timed out" | "stopped";
  /** ISO 8601. */
  at: string;
  error?: string;
  message?: string;
}

/**
 * Step Functions' event of an execution's end, as EventBridge delivers it: by its own word on a
 * best-effort basis, so the sweep finds what no event told of. Of a failed one it may or may not
 * say error and cause.
 */
const StatusChange = z.object({
  source: z.literal("aws.states"),
  "detail-type": z.literal("Step Functions Execution Status Change"),
  time: z.iso.datetime(),
  detail: z.object({
    name: z.string(),
    status: z.enum(["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

const statuses = {
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  ABORTED: "stopped",
} as const;

/** Undefined for an execution that somebody started by hand, under a name that is no bake's. */
export const endOf = (event: unknown): BakeEnd | undefined => {
  const { time, detail } = StatusChange.parse(event);
  const bake = BakeId.safeParse(detail.name);
  if (!bake.success) return undefined;
  const { error, cause } = detail;
  return {
    ...{ bake: bake.data, status: statuses[detail.status], at: time },
    ...(error && { error }),
    ...(cause && { message: causeMessage(cause) }),
  };
};

export interface BakeEndPorts {
  executions: Pick<Executions, "describe" | "history">;
  builders: Pick<Builders, "keep">;
  images: Pick<Images, "complete">;
  announcements: Announcements;
  artifacts: Pick<Artifacts, "write">;
  /** `releaseBake`, with the adapters of all that a bake may hold. */
  release(bake: BakeId): Promise<unknown>;
  /** Whether the bake's last state gave back all that it held. */
  isReleased(bake: BakeId): Promise<boolean>;
}

/**
 * Gives back what a bake held and tells how it ended, unless publication told it: of a bake that
 * failed after its image was published, that it was. Both are tried though one fails; the first
 * error is thrown in the end, and the event comes again. What was told is noted, for the sweep.
 */
export const bakeEnded = async (ports: BakeEndPorts, end: BakeEnd): Promise<void> => {
  const ends = await Promise.allSettled([give(ports, end), tell(ports, end)]);
  const failed = ends.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
};

/**
 * What was stopped keeps nothing, whatever was asked for: its steps did not fail. Of a bake that
 * succeeded nothing is under way: what it has given back itself is not looked for at once again.
 */
const give = async ({ builders, release, isReleased }: BakeEndPorts, { bake, status }: BakeEnd) => {
  if (status === "succeeded" && (await isReleased(bake))) return;
  if (status === "stopped" || status === "timed out") await builders.keep(bake, new Date(0));
  await release(bake);
};

const tell = async (ports: BakeEndPorts, end: BakeEnd): Promise<void> => {
  if (end.status === "succeeded") return;
  const told = (await wasPublished(ports, end.bake)) ? null : await announcementOf(ports, end);
  if (told !== null) await ports.announcements.announce(told);
  await noteEnding(ports.artifacts, end.bake, { told });
};

/** An image that others may use was published, whatever went wrong after it. */
const announcementOf = async (ports: BakeEndPorts, end: BakeEnd): Promise<Announcement> => {
  const { bake, at } = end;
  const image = await ports.images.complete(bake);
  if (image !== undefined) return publicationOf(image, new Date(at));
  const { error, message } = await saidOf(ports, end);
  return {
    ...{ version: 1, id: bake, outcome: outcomeOf(end.status, error), bake },
    ...{ name: recipeOfBake(bake), error, message, at },
  };
};

/** A bake may be stopped after it was published: while it gave back what it held, say. */
const wasPublished = async ({ executions }: BakeEndPorts, bake: BakeId): Promise<boolean> =>
  (await executions.history(bake)).some(isPublication);

/** Whether that is in an execution's history only when its image was published. */
export const isPublication = ({ type, state }: HistoryEvent): boolean =>
  type === "TaskStateExited" && state === "PublishImage";

/** Errors of what was baked well and is not wanted. */
const rejections = new Set(["TestsFailed", "PolicyRefused", "ProvenanceFailed"]);

/** How a bake that was not published ended, for people. */
export const outcomeOf = (
  status: EndedExecution["status"],
  error: string,
): "failed" | "rejected" | "stopped" => {
  if (status === "stopped") return "stopped";
  return rejections.has(error) ? "rejected" : "failed";
};

/** The event's own words, or those of the execution where it has none. */
const saidOf = async ({ executions }: BakeEndPorts, end: BakeEnd) =>
  whyOf(end.status, end.error === undefined ? await executions.describe(end.bake) : end);

/** What an execution's end is told to be: in its own words, or in ours where it has none. */
export const whyOf = (
  status: BakeEnd["status"],
  said: Pick<BakeEnd, "error" | "message"> | undefined,
): { error: string; message: string } => ({
  error: said?.error ?? defaults[status].error,
  message: said?.message ?? defaults[status].message,
});

/** Where Step Functions says nothing. */
const defaults = {
  succeeded: { error: "", message: "" },
  failed: { error: "States.Runtime", message: "the execution failed, and did not say why" },
  "timed out": { error: "States.Timeout", message: "the execution ran out of time" },
  stopped: { error: "BakeStopped", message: "the execution was stopped" },
};
