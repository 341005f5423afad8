import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { motoSocket } from "./moto.ts";

/**
 * Lets tests have servers of moto's, where Python has it; answers how to end that. Where there is
 * none their tests are skipped, which a CI run never does.
 */
export const openMotos = async (folder: string): Promise<() => void> => {
  const socket = join(folder, "moto");
  const program = join(import.meta.dirname, "programs/moto-servers.py");
  const child = spawn("python3", [program, socket], { stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "close").catch(() => undefined); // there may be no Python
  await Promise.race([once(child.stdout, "data"), gone]);
  if (child.exitCode === null && child.pid !== undefined) {
    process.env[motoSocket] = socket;
    return () => void child.stdin.end();
  }
  if (process.env["CI"] === "true")
    throw new Error("moto is missing: python3 -m pip install moto[server]");
  process.stderr.write("moto is missing: tests over an AWS that others wrote are skipped\n");
  return () => undefined;
};
