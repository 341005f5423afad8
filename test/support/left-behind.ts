import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Milliseconds that the kernel may take to bury what was killed. */
const patience = 5000;

/**
 * What of a state directory is still in use or left over: processes that name it, loop devices
 * backed by it, mounts of it, and files of bakes. Nothing, when all is well.
 */
export const leftBehind = async (state: string): Promise<string[]> => {
  const until = Date.now() + patience;
  for (;;) {
    const left = [
      ...(await processes(state)),
      ...(await lines("losetup", ["--list", "--noheadings"], state)),
      ...(await lines("findmnt", ["--raw", "--noheadings"], state)),
      ...(await files(state)),
    ];
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(200);
  }
};

const processes = async (state: string): Promise<string[]> => {
  const pids = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      return line.includes(state) || place.startsWith(state) ? [`${pid} ${line}`] : [];
    }),
  );
  return found.flat().filter((line) => !line.startsWith(`${process.pid} `));
};

const lines = async (program: string, parameters: string[], state: string): Promise<string[]> => {
  const { stdout } = await run(program, parameters);
  return stdout.split("\n").filter((line) => line.includes(state));
};

const files = async (state: string): Promise<string[]> => {
  const images = await readdir(join(state, "images")).catch(() => []);
  const snapshots = await readdir(join(state, "snapshots")).catch(() => []);
  const bakes = await readdir(join(state, "bakes")).catch(() => []);
  // one snapshot an image, and no record half written
  const unpaired = images.length === snapshots.length ? [] : [...images, ...snapshots];
  return [
    ...bakes,
    ...unpaired,
    ...images.filter((name) => !/^img-[0-9a-f]{17}\.json$/.test(name)),
  ];
};
