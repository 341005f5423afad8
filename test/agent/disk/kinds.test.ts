import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { btrfs, ext4, linuxType, makeDisk, plainDisk, rootType, system, xfs } from "./disks.ts";
import { open } from "./open.ts";

const tree = `cd "$ROOT" && find . -xdev -name 'mark*' | sort; cat /proc/self/mountinfo | grep " $ROOT" | cut -d' ' -f5,6 | sed "s|$ROOT||"`;

test("a GPT with one ext4 is opened, and what is written stays", async () => {
  await using folder = await temporaryFolder();
  const disk = await makeDisk(join(folder.path, "disk.raw"), plainDisk());
  const first = await open({
    disk,
    commands: 'cat "$ROOT/etc/os-release"; echo here > "$ROOT/mark"',
  });
  expect(first.output).toBe('PRETTY_NAME="Small 1"\n');
  expect(first.fileSystem).toBe("ext4");
  expect(first.table.kind).toBe("gpt");
  expect(first.mounts).toEqual([
    expect.objectContaining({ path: "/", type: "ext4", partitionNumber: 1 }),
  ]);
  const second = await open({ disk, check: "journal", commands: 'cat "$ROOT/mark"' });
  expect(second.output).toBe("here\n");
  expect([...first.said, ...second.said]).toEqual([]);
});
