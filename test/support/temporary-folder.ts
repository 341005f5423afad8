import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "vitest";
import { detachLoops } from "../../local/loop-devices.ts";
import { leftBehind } from "./left-behind.ts";

const run = promisify(execFile);

export interface TemporaryFolder extends AsyncDisposable {
  path: string;
}

/** A folder for one test. When the test ends, nothing may be left that uses it. */
export const temporaryFolder = async (): Promise<TemporaryFolder> => {
  const path = await mkdtemp(join(tmpdir(), "ovenbird-"));
  return {
    path,
    async [Symbol.asyncDispose]() {
      const left = await leftBehind(path);
      await detachLoops(path); // a test that failed must not take them from those after it
      await rm(path, { recursive: true, force: true });
      expect(left).toEqual([]);
    },
  };
};

/** Loop devices, with their files, that are backed by files of a folder. */
export const loopDevices = async (folder: string): Promise<[device: string, file: string][]> => {
  const { stdout } = await run("losetup", [
    "--list",
    "--noheadings",
    "--raw",
    "-O",
    "NAME,BACK-FILE",
  ]);
  return stdout.split("\n").flatMap((line) => {
    const [device = "", file = ""] = line.split(/\s+(.*)/);
    return file.startsWith(`${folder}/`) ? [[device, file]] : [];
  });
};
