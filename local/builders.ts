import { mkdir, open, rm, stat } from "node:fs/promises";
import { BuilderId, VolumeId } from "../core/ids.ts";
import type { Builders } from "../core/ports.ts";
import { madeId } from "./made-id.ts";
import { builderFolder, type Paths, volumeDisk } from "./paths.ts";

const gibibyte = 1024 ** 3;

/** This machine as the builder of every bake; a working disk is a sparse file. */
export const folderBuilders = (paths: Paths): Builders => ({
  async provision(bake, { rootVolumeSize }) {
    const builderId = BuilderId.parse(madeId("i", bake));
    const volumeId = VolumeId.parse(madeId("vol", bake));
    await mkdir(builderFolder(paths, bake), { recursive: true });
    await using disk = await open(volumeDisk(paths, bake, volumeId), "a", 0o600);
    await disk.truncate(rootVolumeSize * gibibyte);
    return { builderId, volumeId };
  },
  async release(bake) {
    const folder = builderFolder(paths, bake);
    const held = await stat(folder).then(
      () => 1,
      () => 0,
    );
    await rm(folder, { recursive: true, force: true });
    return held;
  },
});
