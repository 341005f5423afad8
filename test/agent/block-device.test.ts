import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { unpackInventory } from "../../core/inventory/document.ts";
import { runAgent, shell } from "../support/agent-run.ts";
import { lookInside } from "../support/look-inside.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a disk that is a block device is made and finished as a file is, and begun on again", async () => {
  await using folder = await temporaryFolder();
  await using second = await temporaryFolder();
  const steps = [shell("echo made > /made")];
  const made = await runAgent({ folder: folder.path, size: 640, steps, asDevice: true });
  expect(made.error).toBeUndefined();
  expect(made.facts).toMatchObject({ bootMode: "uefi-preferred", fileSystem: "ext4" });
  const child = await runAgent({
    ...{ folder: second.path, from: made.disk, size: 700, asDevice: true, stock: true },
    steps: [shell("cat /made; echo more > /more")],
  });
  expect(child.error).toBeUndefined();
  expect(child.output("shell")).toContain("made");
  expect(await lookInside(child.disk, 'cat "$ROOT/made" "$ROOT/more"')).toContain("more");
  const inventory = unpackInventory(await readFile(join(second.path, "inventory.json.gz")));
  expect(inventory.files.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["/made", "/more"]),
  );
});
