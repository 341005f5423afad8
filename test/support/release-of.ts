import { folderBuilders } from "../../local/builders.ts";
import { folderImages } from "../../local/images.ts";
import type { Paths } from "../../local/paths.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import type { Release } from "../../local/sweep.ts";
import { releaseTestFolder } from "../../local/test-machines.ts";

/** What a sweep releases by, in the order that functions/release-bake.ts keeps. */
export const releaseOf =
  (paths: Paths): Release =>
  async (bake) => ({
    builders: await folderBuilders(paths).release(bake),
    testMachines: await releaseTestFolder(paths)(bake),
    images: await folderImages(paths).release(bake),
    snapshots: await folderSnapshots(paths).release(bake),
  });
