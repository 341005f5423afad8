import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { processesOf } from "./processes.ts";

const run = promisify(execFile);

/** Milliseconds that the kernel may take to bury what was killed. */
const patience = 5000;

/**
 * What of a state directory is still in use or left over: processes that were started for it, loop
 * devices backed by it, mounts of it, and files of bakes. Nothing, when all is well.
 */
export const leftBehind = async (state: string): Promise<string[]> => {
  const until = Date.now() + patience;
  for (;;) {
    const left = [
      ...processesOf(state).map(({ pid, line }) => `${pid} ${line}`),
      ...(await lines("losetup", ["--list", "--noheadings"], state)),
      ...(await lines("findmnt", ["--raw", "--noheadings"], state)),
      ...(await files(state)),
    ];
    if (left.length === 0 || Date.now() > until) return left;
    await sleep(200);
  }
};

const lines = async (program: string, parameters: string[], state: string): Promise<string[]> => {
  const { stdout } = await run(program, parameters);
  return stdout.split("\n").filter((line) => line.includes(state));
};

const files = async (state: string): Promise<string[]> => {
  const images = await readdir(join(state, "images")).catch(() => []);
  const snapshots = await bakedSnapshots(join(state, "snapshots"));
  const bakes = await readdir(join(state, "bakes")).catch(() => []);
  // one snapshot an image, and no record half written
  const unpaired = images.length === snapshots.length ? [] : [...images, ...snapshots];
  return [
    ...bakes,
    ...unpaired,
    ...images.filter((name) => !/^img-[0-9a-f]{17}\.json$/.test(name)),
  ];
};

/** All but imported stock disks, which have no image: the next bake from the same one uses them. */
const bakedSnapshots = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch(() => []);
  const texts = names.map((name) => readFile(join(folder, name, "snapshot.json"), "utf8"));
  const records = await Promise.all(texts.map((text) => text.catch(() => "")));
  return names.filter((_, index) => !records[index]?.includes('"digest"'));
};
