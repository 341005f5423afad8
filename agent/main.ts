import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import * as z from "zod";
import { AgentJob } from "../core/agent-job.ts";
import type { AgentResult } from "../core/job.ts";
import type { BakeOrder } from "./bake-order.ts";
import { bakeDisk } from "./bake-disk.ts";
import { prepareBootTest } from "./boot-test.ts";
import { openChannel } from "./channel.ts";
import { type Mask, maskOf } from "./mask.ts";
import { mounted } from "./mount.ts";
import { readDisk } from "./read-disk.ts";
import { runShellJob } from "./shell.ts";

/*
 * The agent: `main.ts JOB RESULT`, started in a mount and a PID namespace of its own. It reads
 * the secrets, as a JSON object, from its standard input, says on its standard output what it
 * does, and writes how it ended to RESULT.
 */

const Secrets = z.record(z.string(), z.string());

type Success = Omit<Extract<AgentResult, { status: "succeeded" }>, "status">;

interface Given extends Pick<BakeOrder, "secrets"> {
  mask: Mask;
}

const work = async (jobPath: string, { mask, secrets }: Given): Promise<Success> => {
  const job = AgentJob.parse(JSON.parse(await readFile(jobPath, "utf8")));
  const memory = join(dirname(jobPath), "work");
  await mkdir(memory, { recursive: true });
  await using scratch = await mounted(memory, { source: "tmpfs", type: "tmpfs" });
  // what programs leave when they are killed, in folders of their own making, ends with the tmpfs
  process.env["TMPDIR"] = join(scratch.path, "tmp");
  await mkdir(process.env["TMPDIR"]);
  if (job.kind === "test") {
    await prepareBootTest(job, scratch.path);
    return {};
  }
  const channel = openChannel((line) => process.stdout.write(`${line}\n`), mask);
  const order = { secrets, channel, scratch: scratch.path };
  if (job.kind === "read") {
    await readDisk({ job, ...order });
    return {};
  }
  if (job.kind === "shell") return { exitStatus: await runShellJob({ job, ...order }) };
  return { disk: await bakeDisk({ job, ...order }) };
};

const outcome = async (jobPath: string): Promise<AgentResult> => {
  const secrets = Secrets.parse(JSON.parse(await text(process.stdin)));
  const mask = maskOf(Object.values(secrets));
  try {
    return { status: "succeeded", ...(await work(jobPath, { mask, secrets })) };
  } catch (error) {
    const { name, message } = firstError(error);
    return { status: "failed", error: name, message: mask(message) };
  }
};

/** A scope whose end failed too hides what failed before it. */
const firstError = (error: unknown): Error => {
  if (error instanceof SuppressedError) return firstError(error.suppressed);
  return error instanceof Error ? error : new Error(String(error));
};

const [jobPath, resultPath] = process.argv.slice(2);
if (jobPath === undefined || resultPath === undefined) throw new Error("usage: main.ts JOB RESULT");
const result = await outcome(jobPath);
await writeFile(`${resultPath}.part`, JSON.stringify(result));
await rename(`${resultPath}.part`, resultPath);
