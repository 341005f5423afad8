import { expect, test } from "vitest";
import { AgentSteps, findAgentSteps, finishedStep } from "../../core/agent-steps.ts";
import { openChannel } from "../../agent/channel.ts";
import { someBake } from "../support/local-state.ts";
import { memoryArtifacts } from "../support/memory-ports.ts";

test("of what an agent says, its finished steps are noted, with when they began", async () => {
  const lines: string[] = [];
  const channel = openChannel(
    (line) => lines.push(line),
    (text) => text,
  );
  const before = Date.now();
  await channel.step("a", async (say) => say('{"event":"step-finished"'));
  await channel.step("b", () => Promise.reject(new Error("no"))).catch(() => undefined);
  channel.skipped("c".repeat(600), "not here");
  const steps = lines.flatMap((line) => finishedStep(line) ?? []);
  expect(AgentSteps.parse(steps)).toMatchObject([
    { name: "a", status: "succeeded" },
    { name: "b", status: "failed" },
    { name: "c".repeat(500), status: "skipped", seconds: 0, reason: "not here" },
  ]);
  expect(Math.min(...steps.map(({ began }) => began))).toBeGreaterThanOrEqual(before);
});

test.each([
  '{"event":"step-finished","at":1,"step":"cut',
  '{"event":"step-finished","at":1}',
  "no event",
])("the line %s is no finished step", (line) => {
  expect(finishedStep(line)).toBeUndefined();
});

test("a clock that was set back makes no step of negative length", () => {
  const line =
    '{"event":"step-finished","at":5000,"step":"a","status":"succeeded","seconds":-3,"reason":"b"}';
  expect(finishedStep(line)).toMatchObject({ began: 5000, seconds: 0 });
});

test("where nobody kept a bake's steps there are none", async () => {
  expect(await findAgentSteps(memoryArtifacts(), someBake())).toEqual([]);
});
