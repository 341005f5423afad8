import { expect, test } from "vitest";
import { Polled } from "../../local/polled.ts";

const pending = () => Object.assign(new Error("at work"), { name: "Pending" });

/** Work that ends when it is told to. */
const makeWork = () => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let started = 0;
  const start = () => {
    started++;
    return promise;
  };
  return { start, resolve, reject, started: () => started };
};

test("work that ends within a slice is answered at once", async () => {
  const polled = new Polled<string, string>(60_000);
  expect(await polled.answer("key", async () => "done", pending)).toBe("done");
});

test("work that outlasts a slice is pending, is started once, and answers every later call", async () => {
  const polled = new Polled<string, string>(5);
  const work = makeWork();
  for (let count = 0; count < 3; count++) {
    await expect(polled.answer("key", work.start, pending)).rejects.toThrow("at work");
  }
  work.resolve("done");
  for (let count = 0; count < 2; count++) {
    expect(await polled.answer("key", work.start, pending)).toBe("done");
  }
  expect(work.started()).toBe(1);
});

test("work that fails while nobody waits tells the next who asks", async () => {
  const polled = new Polled<string, string>(5);
  const work = makeWork();
  await expect(polled.answer("key", work.start, pending)).rejects.toThrow("at work");
  work.reject(new Error("failed"));
  await new Promise((resolve) => setImmediate(resolve));
  await expect(polled.answer("key", work.start, pending)).rejects.toThrow("failed");
  await expect(polled.answer("key", work.start, pending)).rejects.toThrow("failed");
});

test("each key has its own work", async () => {
  const polled = new Polled<string, string>(60_000);
  expect(await polled.answer("one", async () => "1", pending)).toBe("1");
  expect(await polled.answer("other", async () => "2", pending)).toBe("2");
});
