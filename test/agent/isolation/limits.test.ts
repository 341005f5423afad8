import { readdir, readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ownHierarchies } from "../../../agent/cgroup/hierarchies.ts";
import { runAgent, shell } from "../../support/agent-run.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

/** Processes and threads of the whole machine. */
const allTasks = async (): Promise<number> =>
  Number(/\/([0-9]+) /.exec(await readFile("/proc/loadavg", "utf8"))?.[1]);

/** Names of control groups of ours, whosever they are. */
const groups = async () => {
  const folders = (await ownHierarchies()).map((hierarchy) => hierarchy.folder);
  const names = await Promise.all(folders.map((path) => readdir(path)));
  return names.flat().filter((name) => name.startsWith("ovenbird-"));
};

test("a fork bomb ends with its step, and leaves the machine room to work", async () => {
  await using folder = await temporaryFolder();
  const before = await allTasks();
  let most = 0;
  const watch = setInterval(() => void allTasks().then((now) => (most = Math.max(most, now))), 100);
  try {
    const bomb = "bomb() { bomb | bomb & }; bomb; while :; do :; done";
    const started = performance.now();
    const { error } = await runAgent({
      ...{ folder: folder.path, steps: [shell(bomb, { timeout: 4 })] },
    });
    expect(error?.name).toBe("StepTimedOut");
    expect(performance.now() - started).toBeLessThan(30_000);
    // the limit is 4096; others' processes come and go meanwhile
    expect(most - before).toBeGreaterThan(1000);
    expect(most - before).toBeLessThan(4096 + 500);
  } finally {
    clearInterval(watch);
  }
});

test("a step sees its temporary folders as small as they are, and its limits", async () => {
  await using folder = await temporaryFolder();
  const script = `
    for path in /tmp /var/tmp /run /dev/shm; do
      echo $path $(($(stat -f -c '%b * %S / 1024' $path)))
    done
    awk '/MemTotal/ { print "memory", $2 }' /proc/meminfo
    ulimit -c; ulimit -Sn`;
  const { error, output } = await runAgent({ folder: folder.path, steps: [shell(script)] });
  expect(error).toBeUndefined();
  const size = (name: string) =>
    Number(new RegExp(`^${name} (\\d+)$`, "m").exec(output("shell"))?.[1]);
  const memory = size("memory");
  expect(size("/tmp")).toBeLessThanOrEqual(memory / 2);
  expect([size("/var/tmp"), size("/run")]).toEqual([size("/tmp"), size("/tmp")]);
  expect(size("/dev/shm")).toBeLessThan(memory / 10);
  expect(output("shell")).toMatch(/^1024$/m);
});

test("an agent that ended has left no control group", async () => {
  await using folder = await temporaryFolder();
  const seen = new Set<string>();
  const before = new Set(await groups());
  const { error } = await runAgent({
    ...{ folder: folder.path, steps: [shell("true")] },
    onEvent: () => void groups().then((now) => now.forEach((name) => seen.add(name))),
  });
  expect(error).toBeUndefined();
  // other tests' groups may be there too; ours were, and are not any more
  const ours = [...seen].filter((name) => !before.has(name));
  expect(ours.length).toBeGreaterThan(0);
  await expect
    .poll(async () => (await groups()).filter((name) => ours.includes(name)), { timeout: 30_000 })
    .toEqual([]);
});
