import { expect, test } from "vitest";
import { onDisk } from "../agent/inventory/mounted-disk.ts";

/** MiB of the whole process; it had 337, with what strips types in each of its threads. */
const most = 400;

test("a tree of 200,000 files, with names of any bytes, is listed whole in little memory", async () => {
  const script = String.raw`
    mkdir wide deep $'b\xff\xfed'
    (cd wide; seq -f $'f\xc3-%06g' 100000 | xargs touch)
    (cd deep; seq -f 'd%03g' 200 | xargs mkdir
     for folder in *; do (cd "$folder"; seq -f $'\x1b%03g' 500 | xargs touch); done)
    printf 'Package: a\nVersion: 1\n' > $'b\xff\xfed/x'
    # as the agent is started
    "$NODE" --max-semi-space-size=8 --no-turbofan "$PROGRAMS/take.ts" "$FOLDER/root" "$FOLDER/it"`;
  await using made = await onDisk({ size: 1024, script });
  const inventory = await made.inventory("it");
  expect(inventory.size.files).toBe(200_000 + 200 + 6);
  expect(inventory.unread).toEqual([]);
  const names = new Set(inventory.files.map(({ path }) => path));
  expect(names.size).toBe(inventory.files.length);
  expect(Number(await made.text("it/peak.txt")) / 1024).toBeLessThan(most);
}, 300_000);
