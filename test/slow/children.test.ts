import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { copyFile, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killedBakes } from "../support/killed-bakes.ts";
import { leftBehind } from "../support/left-behind.ts";
import { ovenbird, start } from "../support/ovenbird.ts";
import { stockOrigin } from "../support/stock-origin.ts";
import { type Kitchen, openKitchen } from "../support/whole-bakes.ts";

/* Children of a stock disk, and of an image that was baked from it, that do not go well. */

let kitchen: Kitchen;
let parentDisk: string;
let stock: Record<string, string>;
const parents: [string, () => Record<string, string>][] = [
  ["a file", () => stock],
  ["a recipe", () => ({ recipe: "parent" })],
];

const digest = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");

beforeAll(async () => {
  kitchen = await openKitchen();
  stock = await stockOrigin(kitchen.plain);
  const baked = await kitchen.bake({
    name: "parent",
    origin: stock,
    configure: [{ shell: "echo > /parent" }],
  });
  if (baked.status !== 0) throw new Error(baked.printed);
  const { stdout } = await ovenbird(["show", "parent", "--state", kitchen.state, "--json"]);
  parentDisk = (JSON.parse(stdout) as { path: string }).path;
});
afterAll(() => kitchen[Symbol.asyncDispose]());

describe.each(parents)("a child of %s", (_, origin) => {
  /** Bakes; whatever came of it, nothing is left and the parent is what it was. */
  const child = async (configure: unknown, more: Record<string, unknown> = {}) => {
    const before = await digest(parentDisk);
    const started = Date.now();
    const ran = await kitchen.bake({ name: "child", origin: origin(), configure, image: more });
    expect(await leftBehind(kitchen.state)).toEqual([]);
    expect(await digest(parentDisk)).toBe(before);
    return { ...ran, seconds: (Date.now() - started) / 1000 };
  };

  test("whose step fails says which, and shows its last lines", async () => {
    const { status, stderr } = await child([
      { name: "the good one", shell: "true" },
      { name: "the bad one", shell: "echo the last words; exit 7" },
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/step 2 "the bad one": .*ended with status 7.*\n.*the last words/);
  });

  test("whose step hangs ends when the step's time is over", async () => {
    const { status, stderr } = await child([
      {
        name: "slow",
        shell: "trap '' TERM INT HUP; sleep infinity & echo waits; wait",
        timeout: "2s",
      },
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/step 1 "slow" did not end in 2 s; its last lines:\n.*waits/);
  });

  test("whose step prints a gigabyte succeeds, and most of that is left out", async () => {
    const { status, printed } = await child([{ shell: "yes $(seq 30) | head -c 1000000000" }]);
    expect(status).toBe(0);
    expect(printed.length).toBeLessThan(40 * 1024 ** 2);
    expect(printed).toMatch(/… and \d+ more characters, not shown/);
  });

  test("whose step prints half a gigabyte in one line succeeds", async () => {
    const { status, printed } = await child([
      { shell: "head -c 500000000 /dev/zero | tr '\\0' x" },
    ]);
    expect(status).toBe(0);
    expect(printed.length).toBeLessThan(1024 ** 2);
  });

  test("whose step leaves daemons succeeds at once, and they are gone", async () => {
    const { status, printed, seconds } = await child([
      {
        shell: `sleep infinity & setsid sleep infinity < /dev/null > /dev/null 2>&1 &
          (setsid sh -c 'trap "" TERM HUP; exec > /held 2>&1; cd /var; while :; do sleep 1; done' &)
          nohup sleep infinity > /dev/null 2>&1 & echo started`,
      },
    ]);
    expect(status, printed).toBe(0);
    expect(seconds).toBeLessThan(60);
  });

  test("whose step fills the disk says so, and what would help", async () => {
    const { status, stderr } = await child([
      { shell: "dd if=/dev/zero of=/fill bs=1M 2> /dev/null" },
    ]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/the image's disk is full; root_volume_size is 1 GiB, give it more/);
  });

  test("that grows has the room", async () => {
    const { status, printed } = await child(
      [{ shell: "dd if=/dev/zero of=/fill bs=1M count=1200 2> /dev/null; rm /fill" }],
      { root_volume_size: 2 },
    );
    expect(status, printed).toBe(0);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "that is stopped by %s leaves nothing",
    async (signal) => {
      const recipe = await kitchen.write({
        ...{
          name: "child",
          origin: origin(),
          configure: [{ shell: "echo at work; sleep infinity" }],
        },
      });
      const bake = start(["bake", recipe, "--state", kitchen.state], kitchen.env);
      let printed = "";
      const atWork = new Promise<void>((resolve) => {
        bake.stdout.on("data", (chunk: Buffer) => {
          printed += chunk.toString();
          if (printed.includes("at work")) resolve();
        });
      });
      bake.stderr.resume();
      const ended = once(bake, "close");
      await Promise.race([atWork, ended]);
      bake.kill(signal);
      await ended;
      expect(bake.exitCode).toBe(signal === "SIGINT" ? 130 : 143);
      expect(await leftBehind(kitchen.state)).toEqual([]);
    },
  );
});

describe("children of one origin", () => {
  test("that are baked at once by two commands have each their own", async () => {
    const bakes = ["one", "two"].map((name) =>
      kitchen.bake({
        ...{ name, origin: stock },
        configure: [{ shell: `echo ${name} > /made; sleep 1; test "$(cat /made)" = ${name}` }],
      }),
    );
    for (const [index, { status, printed, look }] of (await Promise.all(bakes)).entries()) {
      expect(status, printed).toBe(0);
      expect(await look('cat "$ROOT/made"')).toBe(`${["one", "two"][index]}\n`);
    }
    expect(await leftBehind(kitchen.state)).toEqual([]);
  });

  test("that is written to while it is imported and baked fail by name, or are whole", async () => {
    const disk = join(kitchen.folder, "changing.raw");
    await copyFile(kitchen.plain, disk);
    const name = "changing";
    const baking = kitchen.bake({
      name,
      origin: { file: disk },
      configure: [{ shell: "sleep 1" }],
      options: ["--policy", kitchen.lenient],
    });
    const done = new AbortController();
    const writing = (async () => {
      await using file = await open(disk, "r+");
      for (let count = 0; !done.signal.aborted; count++) {
        await file.write(Buffer.from(String(count)), 0, null, 100 * 1024 ** 2);
        await sleep(5);
      }
    })();
    const { status, stderr } = await baking;
    done.abort();
    await writing;
    if (status !== 0) expect(stderr).toMatch(/changed while it was (?:imported|read)/);
    expect([0, 1, 2]).toContain(status);
    expect(await leftBehind(kitchen.state)).toEqual([]);
  });

  test("that are killed at 20 random moments leave the parent as it was, and nothing else", async () => {
    const recipe = `
image:
  name: killed
  origin: { recipe: parent }
  configure:
    - shell: sleep infinity & dd if=/dev/zero of=/data bs=1M count=64; sleep 1
`;
    const { state, env } = kitchen;
    await killedBakes({ state, disk: parentDisk, moments: 20, within: 8000, recipe, env });
  });
});

/** Bakes with a state directory on a file system of that many MiB of its own; all that is printed. */
const bakeOn = async (mebibytes: number, configure: unknown, beside = ":"): Promise<string> => {
  const recipe = await kitchen.write({ name: "full", origin: stock, configure });
  const script = `
    mkdir -p "$STATE"; truncate -s ${mebibytes}M "$STATE.img"; mkfs.ext4 -q "$STATE.img"
    mount -o loop "$STATE.img" "$STATE"; (${beside}) & "$@"; echo "status $?"; wait
    find "$STATE" -type f ! -name '*.jsonl' ! -name filler -printf 'left %P\\n'; rm "$STATE.img"`;
  const program = join(import.meta.dirname, "../../bin/ovenbird.js");
  const state = join(kitchen.folder, "full");
  const argv = ["--mount", "bash", "-c", script, "bash", process.execPath, program];
  const env = { ...process.env, ...kitchen.env, STATE: state };
  return new Promise((resolve) => {
    execFile("unshare", [...argv, "bake", recipe, "--state", state], { env }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
};

test("a state directory without room is refused before anything is made", async () => {
  const printed = await bakeOn(64, []);
  expect(printed).toMatch(/has 0.\d GiB free and the bake needs 3.0: make room/);
  expect(printed).toMatch(/^status 3$/m);
  expect(printed).not.toMatch(/^left/m);
});

test("a state directory that is full in the midst of a bake fails it by name, and is left empty", async () => {
  const fill = `until ls "$STATE"/bakes/*/builder/job.json; do sleep 0.1; done > /dev/null 2>&1
    fallocate -l "$(($(stat -f -c '%a * %S' "$STATE")))" "$STATE/filler"`;
  const step = [{ shell: "sleep 5; dd if=/dev/urandom of=/fill bs=1M count=500; sync" }];
  const printed = await bakeOn(3500, step, fill);
  expect(printed).toMatch(/^error: .*(?:disk is full|no space|Input\/output error)/ims);
  expect(printed).toMatch(/^status 1$/m);
  expect(printed).not.toMatch(/^left (?!snapshots\/)/m);
});
