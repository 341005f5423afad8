import { describe, expect, test } from "vitest";
import { attempt, lineLimit, run } from "../../agent/run.ts";

const sh = (script: string) => ["sh", "-c", script];

describe("a program", () => {
  test("is answered for with its status and the last lines of both its outputs", async () => {
    const { status, tail } = await attempt(sh("echo out; echo err >&2; exit 7"));
    expect(status).toBe(7);
    expect(tail.toSorted()).toEqual(["err", "out"]);
  });

  test("keeps twenty lines, or as many as are asked for", async () => {
    expect((await attempt(sh("seq 100"))).tail).toEqual(
      Array.from({ length: 20 }, (_, index) => String(81 + index)),
    );
    expect((await attempt(sh("seq 100"), { keep: 3 })).tail).toEqual(["98", "99", "100"]);
  });

  test("tells each line as it comes", async () => {
    const lines: string[] = [];
    await attempt(sh("printf 'a\\nb\\rc'"), { onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["a", "b", "c"]);
  });

  test("that a signal ended has the status that a shell would see", async () => {
    expect((await attempt(sh("kill -TERM $$"))).status).toBe(143);
    expect((await attempt(sh("kill -KILL $$"))).status).toBe(137);
  });

  test("that takes too long is ended, and said to have", async () => {
    const ended = await attempt(["sleep", "infinity"], { timeout: 0.2 });
    expect(ended).toMatchObject({ timedOut: true, status: 137 });
  });

  test("that ends in time is not said to have taken too long", async () => {
    expect(await attempt(["true"], { timeout: 60 })).toMatchObject({ timedOut: false, status: 0 });
  });

  test("is given its input, and need not read it", async () => {
    expect((await attempt(["cat"], { input: "hello\n" })).tail).toEqual(["hello"]);
    expect(await attempt(["true"], { input: "x".repeat(10_000_000) })).toMatchObject({ status: 0 });
  });

  test("has the environment it is given and no other", async () => {
    const { tail } = await attempt(["/usr/bin/env"], { env: { ONLY: "this" } });
    expect(tail).toEqual(["ONLY=this"]);
  });

  test("that floods without a newline has a cut line, and takes no memory", async () => {
    const before = process.memoryUsage().rss;
    const { tail } = await attempt(sh("head -c 300000000 /dev/zero | tr '\\0' x"));
    expect(tail).toEqual([`${"x".repeat(lineLimit)}…`]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 ** 2);
  });
});

describe("a program that must succeed", () => {
  test("answers its last lines", async () => {
    expect(await run(["echo", "done"])).toEqual(["done"]);
  });

  test("that fails is named with its arguments, its status and its last lines", async () => {
    await expect(run(sh("echo why; exit 3"))).rejects.toMatchObject({
      name: "CommandFailed",
      message: "sh -c echo why; exit 3 ended with status 3\nwhy",
    });
  });

  test("that takes too long is said so", async () => {
    await expect(run(["sleep", "infinity"], { timeout: 0.2 })).rejects.toMatchObject({
      name: "CommandFailed",
      message: "sleep infinity did not end in 0.2 s",
    });
  });

  test("that is not there is named", async () => {
    await expect(run(["no-such-program"])).rejects.toMatchObject({
      name: "CommandFailed",
      message: expect.stringContaining("no-such-program"),
    });
  });
});
