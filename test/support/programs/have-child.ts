import { runChild } from "../../../local/child.ts";

/* Has a child, as the local adapters have the agent and QEMU, until it is killed. */

const argv = process.argv.slice(2);
const { signal } = new AbortController();
process.stdout.write("begun\n");
await runChild({ argv, signal, onLine: () => undefined });
