import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { ShellStep, Step } from "../../core/step.ts";
import { type AgentEnd, type AgentRun, runAgent, shell } from "./agent-run.ts";
import { lookInside } from "./look-inside.ts";
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

/** One bake for all tests of a `describe`, whose steps do not get into each other's way. */
export interface SharedBake {
  /** Adds steps, and what they find beside the recipe; answers how to look at them in the end. */
  add(
    steps: readonly Step[],
    prepare?: (bundle: string) => Promise<unknown>,
  ): Pick<SharedBake, "look">;
  /** Adds a shell step; answers where its output will be. */
  printed(script: string, more?: Partial<ShellStep>): () => string;
  /** What shell commands print in the baked image's root. */
  look(commands: string): Promise<string[]>;
  /** How it ended, in which folder. */
  end(): AgentEnd & { folder: string };
}

/**
 * A bake takes two seconds for its disk, its agent and its inventory, and next to nothing for a
 * step: tests say while they are collected what they want done, and it is done before the first of
 * them. A step that fails fails them all: steps that should, are baked by themselves.
 */
export const sharedBake = (order: Omit<AgentRun, "folder" | "steps"> = {}): SharedBake => {
  const steps: Step[] = [];
  const prepares: ((bundle: string) => Promise<unknown>)[] = [];
  let folder: TemporaryFolder;
  let end: AgentEnd;
  beforeAll(async () => {
    folder = await temporaryFolder();
    const bundle = join(folder.path, "bundle");
    await mkdir(bundle);
    for (const prepare of prepares) await prepare(bundle);
    end = await runAgent({ folder: folder.path, steps, ...order });
    if (end.error !== undefined) throw end.error;
  });
  afterAll(() => folder[Symbol.asyncDispose]());
  const look: SharedBake["look"] = async (commands) =>
    (await lookInside(end.disk, `cd "$ROOT"\n${commands}\ncd /`)).split("\n").slice(0, -1);
  return {
    look,
    end: () => ({ ...end, folder: folder.path }),
    add(more, prepare = async () => undefined) {
      steps.push(...more);
      prepares.push(prepare);
      return { look };
    },
    printed(script, more) {
      const name = `step ${steps.length + 1}`;
      steps.push(shell(script, { ...more, name }));
      return () => end.output(name);
    },
  };
};
