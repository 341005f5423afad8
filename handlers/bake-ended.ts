import { sfnExecutions } from "../aws/executions.ts";
import { bakeEnded, endOf } from "../core/bake-ended.ts";
import { announcements } from "./shared/announcements.ts";
import { release, releases } from "./shared/releases.ts";
import { sfn } from "./shared/sfn.ts";
import { stage } from "./shared/stage.ts";

const ports = {
  executions: sfnExecutions({ sfn, stage }),
  builders: releases.builders,
  ...{ announcements, release },
};

/** Step Functions' event of an execution's end: releases what it held, and tells how it ended. */
export const handler = async (event: unknown): Promise<void> => {
  const end = endOf(event);
  if (end !== undefined) await bakeEnded(ports, end);
};
