import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { takeInventory } from "../../../agent/inventory/take.ts";
import { openThreads } from "../../../agent/inventory/threads.ts";
import type { Inventory } from "../../../core/inventory.ts";
import { type TemporaryFolder, temporaryFolder } from "../../support/temporary-folder.ts";

const exec = promisify(execFile);

/** The inventory of a folder. */
export const takenOf = async (root: string): Promise<Inventory> => {
  await using threads = openThreads();
  return await takeInventory({ root, threads, say: () => undefined });
};

/** A root that a script makes: its folder is `$ROOT`, beside which it may work. */
export interface MadeRoot extends TemporaryFolder {
  root: string;
  /** Runs lines of bash; answers what they wrote. */
  run(script: string): Promise<string>;
  take(): Promise<Inventory>;
  /** A copy of the root, changed by a script. */
  copy(script: string): Promise<MadeRoot>;
}

export const rootMadeBy = async (script: string): Promise<MadeRoot> => {
  const folder = await temporaryFolder();
  await using scope = new AsyncDisposableStack();
  scope.use(folder);
  const root = `${folder.path}/root`;
  const run = async (lines: string): Promise<string> => {
    const { stdout } = await exec("bash", ["-euc", lines], {
      cwd: folder.path,
      env: { ...process.env, LC_ALL: "C", ROOT: root, HOME: folder.path },
      maxBuffer: 64 * 1024 ** 2,
    });
    return stdout;
  };
  await run(`mkdir -p "$ROOT"; ${script}`);
  const held = scope.move();
  return {
    ...{ path: folder.path, root, run },
    copy: (lines) => rootMadeBy(`cp -a '${root}/.' "$ROOT"; ${lines}`),
    take: () => takenOf(root),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
};
