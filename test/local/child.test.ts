import { once } from "node:events";
import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runChild } from "../../local/child.ts";
import { processesWith } from "../support/processes.ts";
import { startProgram } from "../support/start-program.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const never = new AbortController().signal;
const nothing = () => undefined;

/** Runs a line of shell as a child, and gathers what it says. */
const sh = async (script: string, more: { input?: string; fd?: number } = {}) => {
  const lines: string[] = [];
  const argv = ["sh", "-c", script];
  const end = await runChild({ argv, signal: never, onLine: (line) => lines.push(line), ...more });
  return { ...end, lines };
};

test("a child is read line by line, and answers with its status", async () => {
  expect(await sh("echo one; echo two; exit 3")).toEqual({
    ...{ status: 3, complaint: "", lines: ["one", "two"] },
  });
});

test("a child gets its input, and need not read it", async () => {
  expect((await sh("cat", { input: "hello" })).lines).toEqual(["hello"]);
  expect((await sh("exit 0", { input: "x".repeat(10_000_000) })).status).toBe(0);
});

test("a child inherits the descriptor it is handed", async () => {
  await using folder = await temporaryFolder();
  await using file = await open(join(folder.path, "file"), "w+");
  await sh("echo written >&3", { fd: file.fd });
  expect((await file.read(Buffer.alloc(8), 0, 8, 0)).buffer.toString()).toBe("written\n");
});

test("the last of a child's complaint is kept, and no more", async () => {
  const { complaint } = await sh("yes complaint | head -c 1000000 >&2; echo the end >&2");
  expect(complaint).toMatch(/the end\n$/);
  expect(complaint.length).toBeLessThanOrEqual(8192);
});

test("a line without end is cut", async () => {
  const { lines } = await sh("head -c 100000000 /dev/zero | tr '\\0' x");
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(300_000);
});

test("a signal kills a child, and one that came before it started does", async () => {
  const stop = new AbortController();
  const argv = ["sh", "-c", "echo up; exec sleep infinity"];
  const end = await runChild({ argv, signal: stop.signal, onLine: () => stop.abort() });
  expect(end.status).toBeNull();
  expect(
    (await runChild({ argv, signal: AbortSignal.abort(), onLine: nothing })).status,
  ).toBeNull();
});

test("a signal kills what a child has started, too, though that asked the kernel for nothing yet", async () => {
  const time = String(1e6 + Math.floor(Math.random() * 1e9));
  const stop = new AbortController();
  const argv = ["sh", "-c", `sleep ${time} > /dev/null & echo up; wait`];
  await runChild({ argv, signal: stop.signal, onLine: () => stop.abort() });
  await expect.poll(() => processesWith(`sleep ${time}`)).toEqual([]);
});

test("a child dies with its parent, however the parent dies", async () => {
  const time = String(1e6 + Math.floor(Math.random() * 1e9));
  await using parent = await startProgram("have-child.ts", ["sleep", time]);
  await expect.poll(() => processesWith(`sleep ${time}`).length).toBeGreaterThan(0);
  await parent.kill();
  await expect.poll(() => processesWith(`sleep ${time}`)).toEqual([]);
});

test("a Ctrl-C at the terminal is not the child's: it is in a group of its own", async () => {
  const { lines } = await sh("ps -o pgid= -p $$; echo $$");
  expect(lines[0]?.trim()).toBe(lines[1]);
});

test("an error in what hears the lines is the caller's, and ends the child", async () => {
  const program = join(import.meta.dirname, "../support/programs/deaf-parent.ts");
  const parent = spawn(process.execPath, [program], { stdio: ["ignore", "pipe", "ignore"] });
  let said = "";
  parent.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  await once(parent, "close");
  expect(said).toBe("caught: not understood\n");
});
