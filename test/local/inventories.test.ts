import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SnapshotId } from "../../core/ids.ts";
import { inventoryFile } from "../../core/inventory/document.ts";
import { folderImages } from "../../local/images.ts";
import { folderInventories } from "../../local/inventories.ts";
import { madeId } from "../../local/made-id.ts";
import { snapshotFolder } from "../../local/paths.ts";
import { describeInventories } from "../contracts/inventories.ts";
import { openState } from "../support/local-state.ts";

describeInventories("local", async () => {
  const state = await openState();
  const { paths } = state;
  return {
    ...state,
    inventories: folderInventories(paths),
    async published() {
      const { bake, imageId } = await state.bakeWithCandidate("alive");
      await folderImages(paths).publish(imageId);
      return { bake, imageId };
    },
    async leave(bake, file) {
      const folder = snapshotFolder(paths, SnapshotId.parse(madeId("snap", bake)));
      await writeFile(join(folder, inventoryFile), file);
    },
  };
});
