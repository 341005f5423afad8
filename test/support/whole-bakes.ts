import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { type Canaries, makeCanaries } from "./canaries.ts";
import { leftBehind } from "./left-behind.ts";
import { lookInside } from "./look-inside.ts";
import { ovenbird, type Ran, start } from "./ovenbird.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { makePlainDisk, setTrap } from "./trap-disk.ts";

export interface BakeOrder {
  name: string;
  origin: Record<string, unknown>;
  configure?: unknown;
  /** More of the recipe. */
  image?: Record<string, unknown>;
  /** More of the command line. */
  options?: readonly string[];
  /** Milliseconds that it may take: one that installs a distribution needs more. */
  patience?: number;
}

export interface WholeBake extends Ran {
  /** All that it printed. */
  printed: string;
  /** Runs commands with the image that it published on `$ROOT`; answers what they print. */
  look(commands: string): Promise<string>;
}

export interface Trap extends Omit<BakeOrder, "name" | "origin"> {
  /** Commands that set it, in the image's root; `$HOST` is a folder of this machine's. */
  commands?: string;
  /** The same, with the unmounted root file system as `$DEV`. */
  damage?: string;
}

/** A state directory in which images are baked by the command, until the scope ends. */
export interface Kitchen extends AsyncDisposable {
  folder: string;
  state: string;
  /** Disk of a small system: an origin. */
  plain: string;
  /** A policy that only reports what is against a trap, and that nobody says a disk's digest. */
  lenient: string;
  env: Record<string, string>;
  /** The path of a recipe's file. */
  write(order: BakeOrder): Promise<string>;
  bake(order: BakeOrder): Promise<WholeBake>;
  /** Bakes from a stock disk with a trap, which is not judged for it; fails when it caught something. */
  spring(trap: Trap): Promise<WholeBake>;
}

/** Milliseconds: a bake takes two seconds, and one that hangs must not take its test's time. */
const usualPatience = 120_000;

/**
 * What a machine would report that booted: the disk of a small system has no kernel. The rest of
 * the boot test is real: the copy, its unit, and what is made of the report.
 */
const machine = `#!/bin/sh
for word; do case $word in file,id=report,path=*) report=\${word#*path=};; esac; done
[ -n "$report" ] || exit 1
printf '%s\\n' "address 10.0.2.15/24" "clock $(date +%s)" end > "$report"
`;

/** A trap that is left in an image would have it rejected; here is asked what it does to a bake. */
const unjudged = `policy:
  provenance:
    pinned: { mode: report }
    readable: { mode: report }
    world_writable: { mode: report }
    setuid: { mode: report }
    capabilities: { mode: report }
    vulnerabilities: { mode: report }
    known_exploited: { mode: report }
`;

export const openKitchen = async (): Promise<Kitchen> => {
  const folder = await temporaryFolder();
  const { path } = folder;
  const [state, shim] = [join(path, "state"), join(path, "shim")];
  for (const made of [state, shim, join(path, "recipes"), join(path, "tmp")]) await mkdir(made);
  for (const program of ["qemu-system-x86_64", "qemu-system-aarch64"]) {
    await writeFile(join(shim, program), machine);
    await chmod(join(shim, program), 0o755);
  }
  const env = {
    PATH: [shim, process.env["PATH"]].join(delimiter),
    TMPDIR: join(path, "tmp"),
    XDG_CACHE_HOME: join(path, "cache"),
  };
  const lenient = join(path, "lenient.yaml");
  await writeFile(lenient, unjudged);
  let traps = 0;
  const kitchen: Kitchen = {
    ...{ folder: path, state, env, lenient, plain: await makePlainDisk(path) },
    async write({ name, origin, configure = [], image = {} }) {
      const recipe = join(path, "recipes", `${name}.json`);
      await writeFile(recipe, JSON.stringify({ image: { name, origin, configure, ...image } }));
      return recipe;
    },
    async bake(order) {
      const recipe = await kitchen.write(order);
      const ran = await runBounded(
        ["bake", recipe, "--state", state, ...(order.options ?? [])],
        env,
        order.patience,
      );
      const { name } = order;
      return {
        ...{ ...ran, printed: ran.stdout + ran.stderr },
        look: async (commands) => lookInside(await diskOf(kitchen, name), commands),
      };
    },
    async spring({ commands = "", damage = "", ...order }) {
      const name = `trap-${++traps}`;
      const disk = join(path, `${name}.raw`);
      await using canaries = await makeCanaries();
      await setTrap(kitchen.plain, disk, { commands, damage, host: canaries.path });
      const options = ["--policy", lenient, ...(order.options ?? [])];
      const baked = await kitchen.bake({ name, origin: { file: disk }, ...order, options });
      await nothingCaught(kitchen, canaries, baked);
      return baked;
    },
    async [Symbol.asyncDispose]() {
      await rm(state, { recursive: true, force: true });
      await folder[Symbol.asyncDispose]();
    },
  };
  return kitchen;
};

const nothingCaught = async (
  { state, env }: Kitchen,
  canaries: Canaries,
  { printed, status }: WholeBake,
): Promise<void> => {
  // 0 and the codes that docs/cli.md has for a bake that failed for a reason; never a crash
  expect([0, 1, 4, 5], printed).toContain(status);
  expect(printed).not.toMatch(/\n\s+at .*:\d+:\d+\)?\n/);
  expect(unsafe(printed)).toEqual([]);
  await canaries.check();
  expect(await leftBehind(state)).toEqual([]);
  expect(await readdir(env["TMPDIR"] ?? "")).toEqual([]);
};

/** What drives a terminal, or hides text from its reader. */
export const unsafe = (printed: string): string[] =>
  (printed.match(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu) ?? [])
    .filter((character) => character !== "\n")
    .map((character) => JSON.stringify(character));

const diskOf = async ({ state }: Kitchen, name: string): Promise<string> => {
  const { stdout } = await ovenbird(["show", name, "--state", state, "--json"]);
  return (JSON.parse(stdout) as { path: string }).path;
};

const runBounded = async (
  parameters: string[],
  env: Record<string, string>,
  patience = usualPatience,
): Promise<Ran> => {
  const child = start(parameters, env);
  const ended = once(child, "close");
  const done = new AbortController();
  const late = sleep(patience, true, { signal: done.signal }).catch(() => false);
  void late.then((isLate) => isLate && child.kill("SIGKILL"));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  done.abort();
  const hung = (await late) ? `\nkilled after ${patience} ms` : "";
  return { status: child.exitCode, stdout, stderr: stderr + hung };
};
