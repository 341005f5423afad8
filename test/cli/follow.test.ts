import { expect, test } from "vitest";
import { awaitBake, follow } from "../../cli/aws/follow.ts";
import type { AgentEvent } from "../../core/agent-event.ts";
import type { BakeEvent } from "../../core/bake-event.ts";
import { bakeOfDrop, dropHash } from "../../core/drop.ts";
import type { EndedExecution, HistoryEvent } from "../../core/executions.ts";
import { type BakeId, ImageId } from "../../core/ids.ts";
import { readTop } from "../support/sources.ts";
import { someBake } from "../support/local-state.ts";
import { memoryExecutions, memoryFates } from "../support/memory-way-in.ts";

const imageId = ImageId.parse("ami-0123456789abcdef0");
const { signal } = new AbortController();

const history: HistoryEvent[] = [
  { id: 1, at: 0, type: "ExecutionStarted" },
  { id: 2, at: 1, type: "ParallelStateEntered", state: "Bake" },
  { id: 3, at: 1000, type: "TaskStateEntered", state: "RunAgent" },
  { id: 4, at: 1001, type: "TaskFailed", error: "AgentRunning" },
];
const failed: HistoryEvent[] = [
  { id: 5, at: 6000, type: "TaskFailed", error: "StepFailed" },
  { id: 6, at: 6001, type: "ParallelStateFailed" },
  { id: 7, at: 6002, type: "TaskStateEntered", state: "ReleaseBake" },
  { id: 8, at: 7002, type: "TaskStateExited", state: "ReleaseBake" },
];

const said: AgentEvent[] = [
  { event: "step-started", at: 2000, step: "a" },
  { event: "step-output", at: 2001, step: "a", text: "x\n" },
];

/** A bake that runs at the first look, and has ended at the second. */
const world = (bake: BakeId, end: Partial<EndedExecution>, then: HistoryEvent[]) => {
  const executions = memoryExecutions();
  const started = new Date(0);
  executions.all.set(bake, { bake, status: "running", started });
  executions.histories.set(bake, [...history]);
  const lines = {
    async since(_: BakeId, after?: string) {
      executions.all.set(bake, { bake, status: "failed", started, ended: new Date(8000), ...end });
      executions.histories.set(bake, [...history, ...then]);
      return { events: after === undefined ? said : [], next: "1" };
    },
  };
  return { executions, fates: memoryFates(), lines };
};

const followed = async (end: Partial<EndedExecution>, then: HistoryEvent[]) => {
  const bake = someBake();
  const told: BakeEvent[] = [];
  const events = (event: BakeEvent) => void told.push(event);
  const order = { bake, shown: "web.yaml", events, signal, pause: 1 };
  const ended = await follow(world(bake, end, then), order).catch((error: unknown) => error);
  return { ended, told: told.map(({ event, at, ...rest }) => [event, at, rest] as const), bake };
};

test("a bake is told as one on this machine: states, steps in them, and its end", async () => {
  const done = { id: 5, at: 5000, type: "TaskStateExited", state: "RunAgent" };
  const { ended, told, bake } = await followed({ status: "succeeded", imageId }, [done]);
  expect(ended).toBe(imageId);
  expect(told).toEqual([
    ["bake-started", 0, { bake, recipe: "web.yaml" }],
    ["state-entered", 1000, { bake, state: "RunAgent" }],
    ["step-started", 2000, { bake, step: "a" }],
    ["step-output", 2001, { bake, step: "a", text: "x\n" }],
    ["state-exited", 5000, { bake, state: "RunAgent", status: "succeeded", seconds: 4 }],
    ["bake-finished", 8000, { bake, status: "published", seconds: 8, imageId }],
  ]);
});

test("what a bake is queued for is told, and again when it is another thing", async () => {
  const first = "the builder of b waits for capacity";
  const then = "b waits for one of 2 builders: those of c, d";
  const queued = [first, first, then, then, first].map((message, at) => ({
    ...{ id: 6 + at, at: 3000 + at, type: "TaskFailed", error: "BuilderQueued", message },
  }));
  const { told } = await followed({ status: "stopped" }, [
    { id: 5, at: 2500, type: "TaskStateEntered", state: "ProvisionBuilder" },
    ...queued,
    { id: 20, at: 4000, type: "TaskFailed", error: "BuilderPending", message: "it boots" },
  ]);
  expect(told.filter(([event]) => event === "state-waits")).toEqual(
    [3000, 3002, 3004].map((at) => [
      "state-waits",
      at,
      {
        bake: expect.any(String),
        ...{ state: "ProvisionBuilder", message: at === 3002 ? then : first },
      },
    ]),
  );
});

test("a state that failed is told so, once and not at each poll, before what comes after it", async () => {
  const end = { error: "StepFailed", message: "nginx said no" };
  const { ended, told } = await followed(end, failed);
  expect(ended).toMatchObject({ name: "StepFailed", message: "nginx said no", status: "failed" });
  expect(told.filter(([event]) => event.startsWith("state-")).map(([, , rest]) => rest)).toEqual([
    expect.objectContaining({ state: "RunAgent" }),
    expect.objectContaining({ state: "RunAgent", status: "failed" }),
    expect.objectContaining({ state: "ReleaseBake" }),
    expect.objectContaining({ state: "ReleaseBake", status: "succeeded", seconds: 1 }),
  ]);
});

test("tests that failed are a rejection, and a stop is a stop", async () => {
  const rejected = await followed({ error: "TestsFailed", message: "no" }, failed);
  expect(rejected.ended).toMatchObject({ name: "TestsFailed", status: "rejected" });
  const stopped = await followed({ status: "stopped" }, []);
  expect(stopped.ended).toMatchObject({ name: "BakeStopped", status: "stopped" });
});

test("an end that did not say why is told as subscribers are told of it", async () => {
  const stopped = await followed({ status: "stopped" }, []);
  expect(stopped.ended).toMatchObject({ message: "the execution was stopped" });
  const late = await followed({ status: "timed out" }, []);
  expect(late.ended).toMatchObject({
    ...{ name: "States.Timeout", message: "the execution ran out of time", status: "failed" },
  });
});

test("an image that was published before its bake was stopped is told of", async () => {
  const published = [
    { id: 5, at: 5000, type: "TaskStateExited", state: "RunAgent" },
    { id: 6, at: 5000, type: "TaskStateEntered", state: "PublishImage" },
  ];
  const { ended } = await followed({ status: "stopped", message: "bob stopped it" }, [
    ...published,
    { id: 7, at: 6000, type: "TaskStateExited", state: "PublishImage" },
  ]);
  const message = "bob stopped it; its image was published before that, and stays";
  expect(ended).toMatchObject({ message, status: "stopped" });
  const before = await followed({ status: "stopped", message: "bob stopped it" }, published);
  expect(before.ended).toMatchObject({ message: "bob stopped it" });
});

test("a bake is awaited until its execution is there, or its drop refused or ignored", async () => {
  const drop = { bucket: "b", key: "web.yaml", versionId: "v" };
  const order = { drop, name: "web" };
  const bake = bakeOfDrop("web", drop);
  const { executions, fates } = world(bake, {}, []);
  expect(await awaitBake({ executions, fates }, order, { signal, pause: 1 })).toBe(bake);
  const none = { executions: memoryExecutions(), fates };
  const waiting = awaitBake(none, order, { signal, pause: 1 });
  const refused = { outcome: "refused", error: "PolicyRefused", message: "no" } as const;
  await fates.tell(dropHash(drop), refused);
  await expect(waiting).rejects.toMatchObject({ name: "PolicyRefused", message: "no" });
});

test("help loads nothing of AWS's: what the program imports at once is little", () => {
  const seen = new Set<string>();
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    if (!path.endsWith(".ts")) return;
    const folder = path.slice(0, path.lastIndexOf("/"));
    const statics = readTop(path).matchAll(/^(?:import|export) (?!type )[^;]*?from "([^"]+)"/gm);
    for (const [, name = ""] of statics) {
      visit(name.startsWith(".") ? new URL(name, `file:///${folder}/`).pathname.slice(1) : name);
    }
  };
  visit("cli/main.ts");
  expect([...seen].filter((name) => name.includes("aws"))).toEqual([]);
  expect(seen).toContain("commander");
});
