import type { BakeEvent, Happening } from "../core/bake-event.ts";
import type { Image } from "../core/image.ts";
import { isTimed, timelineOf } from "../core/report/timeline-of.ts";
import type { OpenBake } from "../local/bakes.ts";
import { keptUntil } from "../local/kept.ts";
import { openLog } from "../local/log.ts";
import { bakeLog, type Paths } from "../local/paths.ts";
import type { BakeEnd, LocalReports } from "../local/reports.ts";
import { failureOf } from "./bake-failure.ts";
import { note } from "./output.ts";

interface Telling {
  paths: Paths;
  open: OpenBake;
  /** How people are told of it, and what ends it. */
  order: { shown: string; signal: AbortSignal; events: (event: BakeEvent) => void };
  reports: LocalReports;
}

/** Tells of a bake from start to finish: to its log, to whoever listens, and in its report. */
export const told = async (
  { paths, open, order, reports }: Telling,
  work: (events: (happening: Happening) => void) => Promise<Image>,
): Promise<Image> => {
  const { bake } = open;
  const started = Date.now();
  const log = openLog(bakeLog(paths, bake));
  const timed: BakeEvent[] = [];
  const events = (event: BakeEvent) => {
    if (isTimed(event)) timed.push(event);
    log.write(event);
    order.events(event);
  };
  const finish = () => ({
    ...({ event: "bake-finished", bake, at: Date.now() } as const),
    seconds: (Date.now() - started) / 1000,
  });
  const reported = (failure?: BakeEnd["failure"]) => {
    const status = failure?.state ?? "published";
    const timeline = timelineOf([...timed, { ...finish(), status }]);
    return reports.finish(bake, { failure, timeline }).catch(unreported);
  };
  events({ event: "bake-started", at: started, bake, recipe: order.shown });
  try {
    const image = await work((happening) => events({ ...happening, bake }));
    const { imageId } = image;
    const report = await reported();
    events({ ...finish(), status: "published", imageId, ...(report && { report }) });
    await log[Symbol.asyncDispose]();
    return image;
  } catch (error) {
    const failure = failureOf(error, order.signal);
    const { name, message, status } = failure;
    const until = await keptUntil(paths, bake);
    if (until !== undefined) failure.kept = { bake, until };
    if (name === "ProvenanceFailed") failure.judged = bake;
    const report = await reported({ state: status, error: name, message });
    const end = {
      ...{ ...finish(), status, error: name, message, ...(report && { report }) },
      ...(until && { keptUntil: until.toISOString() }),
    };
    log.write(end);
    await log[Symbol.asyncDispose]();
    order.events({ ...end, log: await open.keepLog() });
    throw failure;
  }
};

/** The bake has ended as it has: that nobody could write of it changes nothing. */
const unreported = (error: unknown): undefined => {
  note(
    `its report could not be written: ${error instanceof Error ? error.message : String(error)}`,
  );
};
