import { spawn } from "node:child_process";
import { tryLock } from "../../../local/lock.ts";

/*
 * Takes a lock, says whether it did, and holds it until it is killed. With a second argument, a
 * child holds it too: its process id is said.
 */

const [path = "", child] = process.argv.slice(2);
const lock = await tryLock(path);
let said = lock === undefined ? "taken" : "held";
if (lock !== undefined && child !== undefined) {
  const stdio = ["ignore", "ignore", "ignore", lock.fd] as const;
  said = String(spawn("sleep", ["infinity"], { stdio: [...stdio], detached: true }).pid);
}
process.stdout.write(`${said}\n`);
if (lock !== undefined) setInterval(() => lock.fd, 1e6);
