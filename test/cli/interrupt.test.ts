import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { ended } from "./run-cli.ts";

const program = resolve(import.meta.dirname, "interruptible-program.ts");

/** Work that takes half a second to give back what it holds, once it has begun. */
const started = async () => {
  const child = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "pipe"] });
  await once(child.stdout, "data");
  return child;
};

test.each([
  { signal: "SIGINT", status: 130 },
  { signal: "SIGTERM", status: 143 },
  { signal: "SIGHUP", status: 129 },
] as const)("$signal waits for the release and exits with $status", async (given) => {
  const child = await started();
  child.kill(given.signal);
  const { status, stdout, stderr } = await ended(child);
  expect(status).toBe(given.status);
  expect(stdout).toContain("released");
  expect(stderr).toContain(`stopped by ${given.signal}`);
});

test("a second SIGINT does not skip the release", async () => {
  const child = await started();
  child.kill("SIGINT");
  await wait(100);
  child.kill("SIGINT");
  const { status, stdout, stderr } = await ended(child);
  expect(status).toBe(130);
  expect(stdout).toContain("released");
  expect(stderr).toContain("still releasing");
});

test("a reader that goes away stops the work, which still releases", async () => {
  const child = await started();
  const end = ended(child);
  child.stdout.destroy();
  const { status, stderr } = await end;
  expect(status).toBe(141);
  expect(stderr).toBe("released\n");
});
