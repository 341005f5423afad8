import { sfnExecutions } from "../../aws/executions.ts";
import { bakeEnded, type BakeEnd } from "../../core/bake-ended.ts";
import type { BakeId } from "../../core/ids.ts";
import { isReleased } from "../../core/released.ts";
import { announcements } from "./announcements.ts";
import { artifacts } from "./artifacts.ts";
import { release, releases } from "./releases.ts";
import { sfn } from "./sfn.ts";
import { stage } from "./stage.ts";

export const executions = sfnExecutions({ sfn, stage });

const { builders, images } = releases;

const allReleased = (bake: BakeId) => isReleased(artifacts, bake, "bake");

/** Releases what a bake held whose execution ended, and tells how it did. */
export const ended = (end: BakeEnd): Promise<void> =>
  bakeEnded(
    { executions, builders, images, announcements, artifacts, release, isReleased: allReleased },
    end,
  );
