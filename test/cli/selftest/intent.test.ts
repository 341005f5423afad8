import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { agrees, intentText } from "../../../cli/selftest/intent.ts";

const place = { account: "123456789012", region: "eu-west-1" };

/** What comes of an answer that somebody types, or of the terminal's end. */
const answered = (text: string) => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  input.end(text);
  const { signal } = new AbortController();
  return agrees({ input, output: new PassThrough(), signal });
};

test.each([
  ["y\n", true],
  [" YES \n", true],
  ["n\n", false],
  ["\n", false],
  ["yonder\n", false],
  ["", false],
])("the answer %j means %s", async (text, agreed) => {
  expect(await answered(text)).toBe(agreed);
});

test("Ctrl-C at the question is no answer", async () => {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  const stop = new AbortController();
  const asked = agrees({ input, output: new PassThrough(), signal: stop.signal });
  stop.abort("SIGINT");
  await expect(asked).rejects.toThrow();
});

test("it is said whether the stage is removed or kept", () => {
  expect(intentText("selftest-0a1b2c", place, false)).toContain("removes all of that again");
  expect(intentText("selftest-0a1b2c", place, true)).toContain("keeps the stage, as --keep says");
});
