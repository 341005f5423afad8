import { join } from "node:path";
import { attachLoop } from "../../../agent/loop.ts";
import { mounted } from "../../../agent/mount.ts";
import { run } from "../../../agent/run.ts";

/* Mounts a new file system on a part of the disk given, says so, and holds it until it is killed. */

const [disk = "", folder = ""] = process.argv.slice(2);
const device = await attachLoop(disk, { start: 1024 ** 2, size: 16 * 1024 ** 2 });
await run(["mkfs.ext4", "-q", device.path]);
await mounted(join(folder, "mounted"), { source: device.path, type: "ext4" });
process.stdout.write(`${device.path}\n`);
setInterval(() => device.path, 1e6);
