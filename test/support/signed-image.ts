import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noWishes } from "../../core/builder-wishes.ts";
import { agentProgram } from "../../cli/agent-program.ts";
import { attest } from "../../core/statement/attest.ts";
import { publishImage } from "../../functions/publish-image.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { folderArtifacts } from "../../local/artifacts.ts";
import { folderBuilders } from "../../local/builders.ts";
import { findImage, folderImages } from "../../local/images.ts";
import { bakeFolder, snapshotFolder } from "../../local/paths.ts";
import { machinePlatform } from "../../local/platform.ts";
import { fileSigner } from "../../local/signer.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import { invoke } from "./invoke.ts";
import { imageSpec, type LocalState } from "./local-state.ts";
import { webRecipe } from "./memory-ports.ts";
import { packedInventory } from "./small-inventory.ts";

/** An image that was published on this machine by the real functions, but for its agent. */
export const signedImage = async (
  { paths, newBake }: LocalState,
  { recipe = webRecipe, scan }: { recipe?: string; scan?: object } = {},
) => {
  const bake = await newBake();
  const artifacts = folderArtifacts(paths);
  await artifacts.write(bake, "bundle/web.yaml", recipe);
  if (scan !== undefined) await artifacts.write(bake, "scan.json", JSON.stringify(scan));
  await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
  const order = { architecture: "x86_64", rootVolumeSize: 1, snapshotId: null } as const;
  const { volumeId } = await folderBuilders(paths).provision(bake, { ...order, wishes: noWishes });
  const snapshotId = await folderSnapshots(paths).create(bake, volumeId, {});
  await writeFile(join(snapshotFolder(paths, snapshotId), "inventory.json.gz"), packedInventory);
  const images = folderImages(paths);
  const spec = imageSpec(bake, snapshotId);
  const { imageId } = (await invoke(registerImage(images, artifacts), spec)) as { imageId: never };
  const signer = fileSigner(paths);
  const program = agentProgram;
  const platform = machinePlatform({ paths, keys: signer, version: "0.0.0", program });
  const publish = publishImage({
    ...{ images, artifacts, approve: async () => {} },
    announcements: { announce: async () => {} },
    attest: attest({ artifacts, signer, platform }),
  });
  const { lineage, rootVolumeSize } = spec;
  await invoke(publish, { bake, imageId, lineage, rootVolumeSize });
  const folders = { folder: bakeFolder(paths, bake), kept: snapshotFolder(paths, snapshotId) };
  return { image: await findImage(paths, imageId), ...folders };
};
