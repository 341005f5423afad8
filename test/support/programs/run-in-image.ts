import { createInterface } from "node:readline";
import { mounted } from "../../../agent/mount.ts";
import { lateNetwork } from "../../../agent/network.ts";
import { openSandbox, type SandboxOptions } from "../../../agent/sandbox.ts";

/*
 * Opens a sandbox of an image, as the agent does, and runs in it what it is told: a JSON array of
 * arguments and options a line. Answers with a line for each, in order.
 */

const [root = "", scratch = "", cmdline = "", ...deviceNames] = process.argv.slice(2);
await using memory = await mounted(scratch, { source: "tmpfs", type: "tmpfs" });
await using network = lateNetwork(memory.path);
await using sandbox = await openSandbox({
  ...{ root, network, scratch: memory.path, cmdline, deviceNames },
});
process.stdout.write(`${JSON.stringify({ remarks: sandbox.remarks, pid: process.pid })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [argv, options] = JSON.parse(line) as [string[], SandboxOptions];
  let answer: unknown;
  try {
    answer = await sandbox.run(argv, { keep: 1000, ...options });
  } catch (error) {
    const { name, message } = error as Error;
    answer = { error: name, message };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
