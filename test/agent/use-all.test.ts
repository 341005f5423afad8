import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { useAll } from "../../agent/use-all.ts";

const opened = async (name: string, ended: string[], milliseconds = 0) => {
  await sleep(milliseconds);
  return { name, [Symbol.asyncDispose]: async () => void ended.push(name) };
};

const failing = async (): Promise<AsyncDisposable> => {
  throw new Error("no");
};

test("all that are opened together are had in their order, and end with the scope", async () => {
  const ended: string[] = [];
  {
    await using scope = new AsyncDisposableStack();
    const [slow, quick] = await useAll(scope, [opened("slow", ended, 20), opened("quick", ended)]);
    expect([slow.name, quick.name]).toEqual(["slow", "quick"]);
  }
  expect(ended).toEqual(["quick", "slow"]);
});

test("where one fails, those that come later end with the scope too", async () => {
  const ended: string[] = [];
  const work = async () => {
    await using scope = new AsyncDisposableStack();
    await useAll(scope, [failing(), opened("late", ended, 20)]);
  };
  await expect(work()).rejects.toThrow("no");
  expect(ended).toEqual(["late"]);
});
