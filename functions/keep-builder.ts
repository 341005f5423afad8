import { KeepBuilder } from "../core/contract.ts";
import type { Builders } from "../core/ports.ts";
import { task } from "../core/task.ts";

/** Milliseconds that a kept builder waits for somebody to look at it: a day. */
const patience = 24 * 3600 * 1000;

/** Keeps the builder of a bake that failed for a while, so that somebody can look at its disk. */
export const keepBuilder = (builders: Pick<Builders, "keep">) =>
  task(KeepBuilder, async ({ bake }) => ({
    builders: await builders.keep(bake, new Date(Date.now() + patience)),
  }));
