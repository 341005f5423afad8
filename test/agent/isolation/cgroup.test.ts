import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { openCgroup, removeDeadGroups } from "../../../agent/cgroup.ts";
import { hierarchiesIn } from "../../../agent/cgroup/hierarchies.ts";
import { attempt } from "../../../agent/run.ts";
import { openImage } from "../../support/open-image.ts";
import { startProgram } from "../../support/start-program.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const mebibyte = 1024 ** 2;
const limits = { pids: 20, memory: 32 * mebibyte };

/** Runs a shell's commands in the groups. */
const inside = (enter: readonly string[], commands: string) =>
  attempt(["sh", "-c", `for file; do echo 0 > "$file" || exit; done\n${commands}`, "sh", ...enter]);

describe("a control group", () => {
  test("limits how many processes all that entered it have together", async () => {
    await using cgroup = await openCgroup(limits);
    expect(cgroup.remarks).toEqual([]);
    const many = "i=0; while [ $i -lt 30 ]; do sleep 2 & i=$((i+1)); done; echo all";
    const { tail } = await inside(cgroup.enter, many);
    expect(tail).not.toContain("all");
    expect(tail.join("\n")).toMatch(/fork/);
    expect((await attempt(["sh", "-c", many])).tail).toContain("all");
  });

  test("limits how much memory they take", async () => {
    await using cgroup = await openCgroup(limits);
    const buffer = "head -c 64M /dev/zero | tail -n 1 | wc -c";
    const { tail } = await inside(cgroup.enter, buffer);
    expect(tail).not.toContain(String(64 * mebibyte));
    expect((await attempt(["sh", "-c", buffer])).tail).toContain(String(64 * mebibyte));
  });

  test("that cannot be made is a remark, and steps run all the same", async () => {
    await using folder = await temporaryFolder();
    const hide = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"';
    await using image = await openImage({ folder: folder.path, before: ["sh", "-c", hide, "sh"] });
    expect(image.remarks.toSorted()).toEqual([
      expect.stringMatching(/^nothing limits how many processes steps start: .+/),
      expect.stringMatching(/^nothing limits how much memory steps take: .+/),
    ]);
    expect(await image.sh("echo works")).toBe("works");
  });

  test("is gone when it is closed, also when what entered it was just killed", async () => {
    const cgroup = await openCgroup(limits);
    await inside(cgroup.enter, "sleep 0.1 & exit");
    await cgroup[Symbol.asyncDispose]();
    expect(cgroup.enter.filter(existsSync)).toEqual([]);
  });

  test("of a bake that was killed is removed by the next; that of one at work is not", async () => {
    await using alive = await startProgram("hold-cgroup.ts", []);
    const dead = await startProgram("hold-cgroup.ts", []);
    await dead.kill();
    const [held, left] = [alive, dead].map(({ said }) => JSON.parse(said) as string[]);
    expect(left?.length).toBeGreaterThan(0);
    // its holder ends when it notices that nobody is there any more
    await expect
      .poll(
        async () => {
          await (await openCgroup(limits))[Symbol.asyncDispose]();
          return left?.map(dirname).filter(existsSync);
        },
        { timeout: 30_000 },
      )
      .toEqual([]);
    expect(held?.filter(existsSync)).toEqual(held);
  });
});

test("dead control groups are removed by a sweep, and none of a bake that begins or lives", async () => {
  await using alive = await startProgram("hold-cgroup.ts", []);
  const dead = await startProgram("hold-cgroup.ts", []);
  await dead.kill();
  const [held, left] = [alive, dead].map(({ said }) => JSON.parse(said) as string[]);
  const gone = () => left?.map(dirname).filter(existsSync);
  const swept = async () => {
    await removeDeadGroups();
    return gone();
  };
  await expect.poll(swept, { timeout: 30_000 }).toEqual([]);
  expect(held?.filter(existsSync)).toEqual(held);
  const ended = new AbortController();
  const sweeping = async () => {
    while (!ended.signal.aborted) await removeDeadGroups();
  };
  const beginning = async () => {
    for (let count = 0; count < 5; count++) {
      await using cgroup = await openCgroup(limits);
      expect(cgroup.remarks).toEqual([]);
      expect(cgroup.enter.filter(existsSync)).toEqual(cgroup.enter);
    }
    ended.abort();
  };
  await Promise.all([sweeping(), beginning().finally(() => ended.abort())]);
});

const v2 = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate";
const v1 = [
  "24 23 0:27 / /sys/fs/cgroup ro,nosuid shared:7 - tmpfs tmpfs ro,mode=755",
  "25 24 0:28 / /sys/fs/cgroup/unified rw,nosuid shared:8 - cgroup2 cgroup2 rw",
  "30 24 0:31 / /sys/fs/cgroup/pids rw,nosuid shared:11 - cgroup cgroup rw,pids",
  "31 24 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:12 - cgroup cgroup rw,memory",
].join("\n");

const available = () => Promise.resolve("cpuset cpu io memory hugetlb pids rdma misc\n");

describe("the hierarchies of a machine", () => {
  test("are one, at its root, where systemd has version 2", async () => {
    expect(await hierarchiesIn(v2, "0::/system.slice/agent.service\n", available)).toEqual([
      { version: 2, folder: "/sys/fs/cgroup/", controllers: ["pids", "memory"] },
    ]);
  });

  test("are one a controller in version 1, below our own group", async () => {
    const own = "5:pids:/user.slice\n4:memory:/user.slice/session-1\n0::/user.slice\n";
    expect(await hierarchiesIn(v1, own, () => Promise.resolve("hugetlb\n"))).toEqual([
      { version: 1, folder: "/sys/fs/cgroup/pids/user.slice", controllers: ["pids"] },
      { version: 1, folder: "/sys/fs/cgroup/memory/user.slice/session-1", controllers: ["memory"] },
    ]);
  });

  test("begin where a container sees them begin", async () => {
    const bound = v1.replace("/ /sys/fs/cgroup/pids", "/docker/1f /sys/fs/cgroup/pids");
    const own = "5:pids:/docker/1f/job\n4:memory:/docker/1f\n";
    const [pids] = await hierarchiesIn(bound, own, () => Promise.resolve(""));
    expect(pids?.folder).toBe("/sys/fs/cgroup/pids/job");
  });

  test("are none where none is mounted", async () => {
    expect(await hierarchiesIn("", "0::/\n", () => Promise.resolve(""))).toEqual([]);
  });
});
