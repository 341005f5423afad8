import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { FileSystem } from "../../core/origin.ts";
import { type AgentEnd, runAgent, shell } from "../support/agent-run.ts";
import { checkRootFileSystem, lookInside } from "../support/look-inside.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

const fileSystems: FileSystem[] = ["ext4", "xfs", "btrfs"];

describe.each(fileSystems)("a child of a disk with %s", (fileSystem) => {
  let folder: TemporaryFolder;
  let parent: AgentEnd;
  const others: TemporaryFolder[] = [];
  let twins: AgentEnd[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const steps = [shell("echo parent > /made; echo parent > /kept")];
    parent = await runAgent({ folder: folder.path, size: 640, fileSystem, steps });
    others.push(await temporaryFolder(), await temporaryFolder());
    const bakes = others.map(({ path }) =>
      runAgent({
        ...{ folder: path, from: parent.disk },
        steps: [shell(`cat /kept; sleep 2; echo ${path} > /made`)],
      }),
    );
    twins = await Promise.all(bakes);
  });
  afterAll(async () => {
    for (const one of [...others, folder]) await one[Symbol.asyncDispose]();
  });

  test("is of a parent that was baked", () => expect(parent.error).toBeUndefined());

  test("can be baked beside another one at the same time", async () => {
    expect(twins.map(({ error }) => error)).toEqual([undefined, undefined]);
    for (const [at, { disk }] of twins.entries())
      expect(await lookInside(disk, 'cat "$ROOT/made"')).toBe(`${others[at]?.path}\n`);
  });

  test("has what the parent had, and what its own steps did; the parent stays as it was", async () => {
    for (const child of twins) {
      expect(child.output("shell")).toBe("parent");
      expect(child.facts).toEqual(parent.facts);
      expect(await lookInside(child.disk, 'cat "$ROOT/kept"')).toBe("parent\n");
      await checkRootFileSystem(child.disk, fileSystem);
    }
    expect(await lookInside(parent.disk, 'cat "$ROOT/made"')).toBe("parent\n");
  });

  test("grows with its disk, and keeps its UUIDs", async () => {
    await using own = await temporaryFolder();
    const steps = [shell("df -m / | tail -1")];
    const child = await runAgent({ folder: own.path, from: parent.disk, size: 1200, steps });
    expect(child.error).toBeUndefined();
    const [, size] = /\s([0-9]+)\s/.exec(child.output("shell")) ?? [];
    expect(Number(size)).toBeGreaterThan(900);
    const fstab = await lookInside(child.disk, 'cat "$ROOT/etc/fstab"');
    expect(fstab).toBe(await lookInside(parent.disk, 'cat "$ROOT/etc/fstab"'));
    await checkRootFileSystem(child.disk, fileSystem);
  });
});
