import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { attachLoop } from "../../../agent/loop.ts";
import { mounted } from "../../../agent/mount.ts";
import { lateNetwork } from "../../../agent/network.ts";
import { run } from "../../../agent/run.ts";
import { openSandbox } from "../../../agent/sandbox.ts";
import { packageManagerOf } from "../../../agent/package-managers.ts";
import { StandIns, stepStandIns } from "../../../agent/stand-ins.ts";
import { openTemporary } from "../../../agent/temporary.ts";

/*
 * Makes a Debian on a disk of 3 GiB, and runs the folder's `script` in it as a step would be.
 * Prints what the script prints.
 */

const [disk = "", folder = ""] = process.argv.slice(2);
const size = 3 * 1024 ** 3;
const file = await open(disk, "w");
await file.truncate(size);
await file.close();
const memory = { source: "tmpfs", type: "tmpfs" };
await using scratch = await mounted(join(folder, "scratch"), memory);
await using device = await attachLoop(disk, { start: 0, size });
await run(["mkfs.ext4", "-q", device.path]);
await using root = await mounted(join(scratch.path, "root"), { source: device.path, type: "ext4" });
const skip = "--skip=check/empty";
const how = ["--mode=root", "--variant=minbase", "--format=directory", skip];
await run(["mmdebstrap", ...how, "bookworm", root.path]);
await using network = lateNetwork(scratch.path);
const folders = [
  { path: "/run", mode: "0755" },
  { path: "/tmp", mode: "1777" },
];
await using held = new AsyncDisposableStack();
held.use(await openTemporary(root.path, folders, scratch.path));
const resolvConf = await readFile((await network.open()).resolvConf, "utf8");
const standIns = new StandIns(
  root.path,
  stepStandIns(resolvConf, await packageManagerOf(root.path)),
);
await standIns.place();
await using sandbox = await openSandbox({ root: root.path, network, scratch: scratch.path });
const argv = ["/bin/sh", "-c", await readFile(join(folder, "script"), "utf8")];
const { status } = await sandbox.run(argv, { onLine: (line) => process.stdout.write(`${line}\n`) });
process.stdout.write(`ended with ${status}\n`);
