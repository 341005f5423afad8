import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { Bakery } from "../../cli/bakery.ts";
import { inventoryOf } from "../../cli/inventory-of.ts";
import type { Image } from "../../core/image.ts";
import { inventoryFile, inventoryText } from "../../core/inventory/document.ts";
import { file, inventory } from "../core/inventory/made.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const image = { imageId: "img-0123456789abcdef0" } as Image;

const inFolder = (path: string) =>
  inventoryOf({ disk: () => join(path, "disk.raw") } as unknown as Bakery, image);

test("an image's inventory is found beside its disk", async () => {
  await using folder = await temporaryFolder();
  const taken = inventory({ files: [file("/a")] });
  await writeFile(join(folder.path, inventoryFile), gzipSync([...inventoryText(taken)].join("")));
  expect(await inFolder(folder.path)).toEqual(taken);
});

test("an image of which none was taken, or a broken one, is refused by name", async () => {
  await using folder = await temporaryFolder();
  await expect(inFolder(folder.path)).rejects.toMatchObject({
    ...{ name: "NotFound", message: expect.stringContaining(image.imageId) },
  });
  await writeFile(join(folder.path, inventoryFile), "no gzip");
  await expect(inFolder(folder.path)).rejects.toMatchObject({ name: "CorruptRecord" });
});
