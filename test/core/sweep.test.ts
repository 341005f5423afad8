import { describe, expect, test } from "vitest";
import type { BakeEnd } from "../../core/bake-ended.ts";
import type { EndedExecution } from "../../core/executions.ts";
import type { HeldThing } from "../../core/held.ts";
import type { BakeId } from "../../core/ids.ts";
import { sweep, type SweepPorts } from "../../core/sweep.ts";
import { someBake } from "../support/local-state.ts";
import { memoryExecutions } from "../support/memory-way-in.ts";

const hour = 3_600_000;

const openWorld = (things: HeldThing[], executions: Partial<EndedExecution>[] = []) => {
  const released: BakeId[] = [];
  const ends: BakeEnd[] = [];
  const memory = memoryExecutions();
  for (const one of executions) {
    const bake = one.bake ?? someBake();
    memory.all.set(bake, { bake, status: "running", started: new Date(), ...one });
  }
  const ports: SweepPorts = {
    ...{ held: { all: async () => things }, executions: memory, longest: async () => 4 * 3600 },
    isTold: async (bake) => ends.some((end) => end.bake === bake),
    end: async (end) => void ends.push(end),
    release: async (bake) => void released.push(bake),
  };
  return { ports, released, ends, executions: memory };
};

const thing = (bake: BakeId, more: Partial<HeldThing> = {}): HeldThing => ({
  ...{ bake, kind: "builder", id: "i-0a", ...more },
});

describe("a sweep", () => {
  test("releases what is left of bakes that ended or are forgotten, each once", async () => {
    const [ended, forgotten] = [someBake(), someBake()];
    const things = [thing(ended), thing(ended, { kind: "disk", id: "vol-0a" }), thing(forgotten)];
    const world = openWorld(things, [{ bake: ended, status: "failed" }]);
    expect(await sweep(world.ports, { dryRun: false })).toEqual([
      {
        ...{ bake: ended, because: "dead" },
        things: [
          { kind: "builder", id: "i-0a" },
          { kind: "disk", id: "vol-0a" },
        ],
      },
      { bake: forgotten, because: "dead", things: [{ kind: "builder", id: "i-0a" }] },
    ]);
    expect(world.released).toEqual([ended, forgotten]);
  });

  test("leaves alone what lives, and what is kept on purpose until its time is up", async () => {
    const [living, kept] = [someBake(), someBake()];
    const keptUntil = new Date(Date.now() + hour);
    const things = [thing(living), thing(kept, { keptUntil })];
    const world = openWorld(things, [{ bake: living }, { bake: kept, status: "failed" }]);
    expect(await sweep(world.ports, { dryRun: false })).toEqual([]);
    const later = Date.now() + 2 * hour;
    expect(await sweep(world.ports, { dryRun: false, now: later })).toMatchObject([{ bake: kept }]);
  });

  test("stops a bake that takes longer than it may, and leaves its release to its end", async () => {
    const bake = someBake();
    const started = new Date(Date.now() - 5 * hour);
    const world = openWorld([thing(bake)], [{ bake, started }, { started: new Date() }]);
    expect(await sweep(world.ports, { dryRun: false })).toMatchObject([
      { bake, because: "overdue", things: [{ id: "i-0a" }] },
    ]);
    expect(world.released).toEqual([]);
    expect(world.executions.all.get(bake)).toMatchObject({
      status: "stopped",
      error: "BakeOverdue",
    });
  });

  test("does not count the time for which a bake waited for a builder, up to two days", async () => {
    const [waiting, working, slow, old] = [someBake(), someBake(), someBake(), someBake()];
    const started = new Date(Date.now() - 20 * hour);
    const ages = [waiting, working, slow].map((bake) => ({ bake, started }));
    const world = openWorld([], [...ages, { bake: old, started: new Date(0) }]);
    const queuedUntil = (hours: number) => [
      ...[{ id: 1, type: "TaskFailed", at: started.getTime(), error: "BuilderQueued" }],
      { id: 2, type: "TaskFailed", at: Date.now() - hours * hour, error: "BuilderQueued" },
      ...[{ id: 3, type: "TaskFailed", at: Date.now(), error: "AgentRunning" }],
    ];
    world.executions.histories.set(waiting, queuedUntil(0));
    world.executions.histories.set(working, queuedUntil(3));
    world.executions.histories.set(slow, queuedUntil(5));
    world.executions.histories.set(old, queuedUntil(0));
    const swept = await sweep(world.ports, { dryRun: false });
    expect(swept.map(({ bake }) => bake)).toEqual([slow, old]);
  });

  test("does nothing when it is to say only what it would do", async () => {
    const [bake, overdue] = [someBake(), someBake()];
    const started = new Date(Date.now() - 50 * hour);
    const world = openWorld([thing(bake)], [{ bake: overdue, started }]);
    const swept = await sweep(world.ports, { dryRun: true });
    expect(swept.map(({ because }) => because)).toEqual(["overdue", "dead"]);
    expect(world.released).toEqual([]);
    expect(world.executions.all.get(overdue)?.status).toBe("running");
  });

  test("tells the ends that nobody was told of, each once, and releases what they left", async () => {
    const [bake, stopped] = [someBake(), someBake()];
    const at = new Date(Date.now() - hour);
    const times = { started: new Date(Date.now() - 2 * hour), ended: at };
    const why = { error: "AgentDied", message: "it died" };
    const world = openWorld(
      [thing(bake)],
      [
        { bake, status: "failed", ...times, ...why },
        { bake: stopped, status: "stopped", ...times },
        { bake: someBake(), status: "succeeded", ...times },
        // its event may be under way
        { bake: someBake(), status: "failed", ...times, ended: new Date(Date.now() - 60_000) },
        // no news any more
        { bake: someBake(), status: "failed", started: new Date(0), ended: new Date(hour) },
      ],
    );
    const dry = await sweep(world.ports, { dryRun: true });
    expect(dry).toEqual([
      { bake, because: "untold", things: [{ kind: "builder", id: "i-0a" }] },
      { bake: stopped, because: "untold", things: [] },
    ]);
    expect(world.ends).toEqual([]);
    expect(await sweep(world.ports, { dryRun: false })).toEqual(dry);
    expect(world.ends).toEqual([
      { bake, status: "failed", at: at.toISOString(), ...why },
      { bake: stopped, status: "stopped", at: at.toISOString() },
    ]);
    expect(world.released).toEqual([]); // telling an end releases its bake
    expect(await sweep(world.ports, { dryRun: false })).toMatchObject([{ because: "dead" }]);
  });

  test("goes on when one cannot be released, and fails in the end", async () => {
    const [one, other] = [someBake(), someBake()];
    const world = openWorld([thing(one), thing(other)]);
    const { release } = world.ports;
    world.ports.release = (bake) =>
      bake === one ? Promise.reject(new Error("EC2 is away")) : release(bake);
    await expect(sweep(world.ports, { dryRun: false })).rejects.toThrow("EC2 is away");
    expect(world.released).toEqual([other]);
  });
});
