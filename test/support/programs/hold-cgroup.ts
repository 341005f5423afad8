import { openCgroup } from "../../../agent/cgroup.ts";

/* Opens control groups, says where, and holds them until it is killed. */

const { enter } = await openCgroup();
process.stdout.write(`${JSON.stringify(enter)}\n`);
setInterval(() => enter, 1e6);
