import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noWishes } from "../../core/builder-wishes.ts";
import { digestOf } from "../../core/digest-of.ts";
import type { Image } from "../../core/image.ts";
import type { Lineage } from "../../core/origin.ts";
import { judge } from "../../core/policy/judge.ts";
import type { Origins } from "../../core/ports.ts";
import { proveOrigin } from "../../core/statement/origin-proof.ts";
import type { KeptScan } from "../../core/vulnerabilities/kept-scan.ts";
import { agentProgram } from "../../cli/agent-program.ts";
import { attest } from "../../core/statement/attest.ts";
import { publishImage } from "../../functions/publish-image.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { resolveOrigin } from "../../functions/resolve-origin.ts";
import { folderArtifacts } from "../../local/artifacts.ts";
import { folderBuilders } from "../../local/builders.ts";
import { findImage, folderImages } from "../../local/images.ts";
import { inventoryDigest } from "../../local/inventories.ts";
import { bakeFolder, snapshotFolder } from "../../local/paths.ts";
import { machinePlatform } from "../../local/platform.ts";
import { fileSigner } from "../../local/signer.ts";
import { folderSnapshots } from "../../local/snapshots.ts";
import { folderStatements } from "../../local/statements.ts";
import { folderVerdicts } from "../../local/verdicts.ts";
import { facts, least } from "../core/policy/facts.ts";
import { invoke } from "./invoke.ts";
import { imageSpec, type LocalState } from "./local-state.ts";
import { webRecipe } from "./memory-ports.ts";
import { packedInventory } from "./small-inventory.ts";

interface Signed {
  recipe?: string;
  /** What was known of its vulnerabilities; nobody looked, when absent. */
  scan?: KeptScan;
  /** What it starts from; nothing, when absent. */
  parent?: Image;
}

const unheld = async (): Promise<void> => undefined;

/** An image that was published on this machine by the real functions, but for its agent. */
export const signedImage = async (
  { paths, newBake }: LocalState,
  { recipe = webRecipe, scan, parent }: Signed = {},
) => {
  const bake = await newBake();
  const artifacts = folderArtifacts(paths);
  await artifacts.write(bake, "bundle/web.yaml", recipe);
  await invoke(readRecipe(artifacts), { bake, recipe: "web.yaml", parameters: {} });
  const signer = fileSigner(paths);
  if (parent !== undefined) {
    const inventoryOf = inventoryDigest(paths);
    const prove = proveOrigin({ statements: folderStatements(paths), keys: signer, inventoryOf });
    await invoke(resolveOrigin(originsOf(parent), artifacts, { prove, hold: unheld }), { bake });
  }
  const order = { architecture: "x86_64", rootVolumeSize: 1, snapshotId: null } as const;
  const { volumeId } = await folderBuilders(paths).provision(bake, { ...order, wishes: noWishes });
  const snapshotId = await folderSnapshots(paths).create(bake, volumeId, {});
  await writeFile(join(snapshotFolder(paths, snapshotId), "inventory.json.gz"), packedInventory);
  const images = folderImages(paths);
  const inventory = digestOf(packedInventory);
  const judgement = { verdict: { ...judge(least, facts()), inventory }, scan };
  const own = imageSpec(bake, snapshotId);
  const spec = parent === undefined ? own : { ...own, lineage: lineageFrom(parent) };
  const { imageId } = (await invoke(registerImage(images, artifacts), spec)) as { imageId: never };
  await folderVerdicts(paths).keep(bake, imageId, judgement);
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

/** Under another name: no image descends from one of its own recipe. */
const lineageFrom = ({ imageId, lineage }: Image): Lineage => [
  { kind: "image", imageId, name: "base" },
  ...lineage,
];

const originsOf = (parent: Image): Origins => ({
  resolve: async () => ({
    lineage: lineageFrom(parent),
    ...{ snapshotId: parent.snapshotId, architecture: "x86_64", rootVolumeSize: 1 },
  }),
});
