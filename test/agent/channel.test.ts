import { expect, test } from "vitest";
import { openChannel } from "../../agent/channel.ts";
import { maskOf } from "../../agent/mask.ts";
import { AgentEvent } from "../../core/agent-event.ts";

const listen = (secrets: string[] = []) => {
  const lines: string[] = [];
  const channel = openChannel((line) => lines.push(line), maskOf(secrets));
  return { channel, lines, events: () => lines.map((line) => AgentEvent.parse(JSON.parse(line))) };
};

test("a step is told of from start to end, a JSON line an event", async () => {
  const { channel, events } = listen();
  const answer = await channel.step("work", async (say) => {
    say("one");
    say("two\twith\u0000control");
    return 7;
  });
  expect(answer).toBe(7);
  expect(events()).toMatchObject([
    { event: "step-started", step: "work" },
    { event: "step-output", step: "work", text: "one" },
    { event: "step-output", step: "work", text: "two\twith\u0000control" },
    { event: "step-finished", step: "work", status: "succeeded" },
  ]);
});

test("a step that fails is told of as failed, and its error goes on", async () => {
  const { channel, events } = listen();
  await expect(channel.step("work", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(events().at(-1)).toMatchObject({ event: "step-finished", status: "failed" });
});

test("a skipped step is told of with its reason", () => {
  const { channel, events } = listen();
  channel.skipped("work", "when: is false");
  expect(events().at(-1)).toMatchObject({
    status: "skipped",
    reason: "when: is false",
    seconds: 0,
  });
});

test("secrets are masked in what a step says", async () => {
  const { channel, lines } = listen(["hunter22"]);
  await channel.step("work", async (say) => say("it is hunter22"));
  expect(lines.join("\n")).not.toContain("hunter22");
});

test("a step that says a gigabyte is passed on in part, and it says how much is missing", async () => {
  let passed = 0;
  let last = "";
  const channel = openChannel((line) => {
    passed += line.length;
    if (line.includes("step-output")) last = line;
  }, maskOf([]));
  const line = "x".repeat(1023);
  await channel.step("flood", async (say) => {
    for (let count = 0; count < 1024 ** 2; count++) say(line);
  });
  expect(passed).toBeLessThan(8 * 1024 ** 2);
  expect(last).toMatch(/… and 1069547520 more characters, not shown/);
});

test("each step may say as much as any other", async () => {
  const { channel, events } = listen();
  await channel.step("flood", async (say) => {
    for (let count = 0; count < 10_000; count++) say("x".repeat(1023));
  });
  await channel.step("next", async (say) => say("heard"));
  expect(events()).toContainEqual(expect.objectContaining({ step: "next", text: "heard" }));
});
