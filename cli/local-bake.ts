import packageJson from "../package.json" with { type: "json" };
import { basename, dirname, join } from "node:path";
import type { StateMachineDefinition } from "aws-local-stepfunctions";
import type { Happening } from "../core/bake-event.ts";
import { ImageId } from "../core/ids.ts";
import type { Image } from "../core/image.ts";
import type { Ancestor } from "../core/origin.ts";
import type { ResolvedRecipe } from "../core/job.ts";
import { attachAhead } from "../agent/disk/attach-ahead.ts";
import { attest } from "../core/statement/attest.ts";
import { holdOrigin } from "../core/policy/hold-origin.ts";
import { proveOrigin } from "../core/statement/origin-proof.ts";
import { storedRecipe } from "../core/stored-recipe.ts";
import { awaitSnapshot } from "../functions/await-snapshot.ts";
import { checkProvenance } from "../functions/check-provenance.ts";
import { createSnapshot } from "../functions/create-snapshot.ts";
import { keepBuilder } from "../functions/keep-builder.ts";
import { provisionBuilder } from "../functions/provision-builder.ts";
import { publishImage } from "../functions/publish-image.ts";
import { readRecipe } from "../functions/read-recipe.ts";
import { registerImage } from "../functions/register-image.ts";
import { releaseBake } from "../functions/release-bake.ts";
import { releaseBuilder } from "../functions/release-builder.ts";
import { resolveOrigin } from "../functions/resolve-origin.ts";
import { runAgent } from "../functions/run-agent.ts";
import { testImage } from "../functions/test-image.ts";
import { openAgent } from "../local/agent.ts";
import { loggedAnnouncements } from "../local/announcements.ts";
import { folderArtifacts } from "../local/artifacts.ts";
import type { OpenBake } from "../local/bakes.ts";
import { folderBuilders } from "../local/builders.ts";
import { findImage, folderImages } from "../local/images.ts";
import { inventoriesAhead } from "../local/inventory-ahead.ts";
import { folderInventories, inventoryDigest } from "../local/inventories.ts";
import { folderOrigins, type LocalOrigins } from "../local/origins.ts";
import type { Paths } from "../local/paths.ts";
import { machinePlatform } from "../local/platform.ts";
import { fileSigner } from "../local/signer.ts";
import { folderSnapshots } from "../local/snapshots.ts";
import { folderStatements } from "../local/statements.ts";
import type { LocalReports } from "../local/reports.ts";
import { execute } from "../local/state-machine.ts";
import { folderVerdicts } from "../local/verdicts.ts";
import { readBakeDefinition } from "./bake-definition.ts";
import { qemuTestMachines } from "../local/test-machines.ts";
import { agentProgram } from "./agent-program.ts";
import type { BakeChoices } from "./bake-choices.ts";

export interface LocalBake extends BakeChoices {
  paths: Paths;
  open: OpenBake;
  recipePath: string;
  recipe: ResolvedRecipe;
  reports: LocalReports;
  parameters: Record<string, string>;
  /** The folder of what bakes fetch and share. */
  cache: string;
  events(event: Happening): void;
  signal: AbortSignal;
}

/** Runs the state machine with this machine's adapters. Throws ExecutionFailed. */
export const bakeLocally = async (order: LocalBake): Promise<Image> => {
  const { paths, open, reports, signal, events, stepCacheLimit, allowHost } = order;
  const { inForce, vulnerabilities } = order.provenance;
  const policyOf = async () => inForce;
  const runner = { program: agentProgram, lock: open.lock.fd, signal };
  const { bake } = open;
  const artifacts = folderArtifacts(paths);
  const recipeFolder = dirname(order.recipePath);
  const hold = holdOrigin({ policyOf });
  // what is refused is refused before gigabytes are unpacked
  const approve: LocalOrigins["approve"] = async (bake, disk) =>
    hold(bake, await storedRecipe(artifacts, bake), [disk]);
  const origins = folderOrigins({ paths, recipeFolder, approve, signal });
  const builders = folderBuilders(paths, { signal, attach: attachAhead });
  const snapshots = folderSnapshots(paths);
  const images = folderImages(paths);
  const testMachines = qemuTestMachines({ ...runner, paths, events });
  const signer = fileSigner(paths);
  const statements = folderStatements(paths);
  const prove = proveOrigin({ statements, keys: signer, inventoryOf: inventoryDigest(paths) });
  const { version } = packageJson;
  const platform = machinePlatform({ paths, keys: signer, version, program: agentProgram });
  const packageCache = join(order.cache, "packages");
  const assetCache = join(order.cache, "assets");
  const listCache = join(order.cache, "lists");
  const caches = { packageCache, listCache, assetCache, stepCacheLimit };
  const host = { paths, recipeFolder, allowHost };
  const inventories = inventoriesAhead(folderInventories(paths));
  // while the agent works this process only waits
  const onOrdered = (origin: Ancestor) =>
    origin.kind === "image" && inventories.expect(origin.imageId);
  await using agent = openAgent({ ...runner, ...caches, ...host, bake, events, onOrdered });
  const release = releaseBake({ agents: agent, builders, testMachines, images, snapshots });
  try {
    const output = await execute({
      definition: (await readBakeDefinition()) as StateMachineDefinition,
      handlers: {
        ReadRecipe: readRecipe(artifacts, {}, policyOf),
        ResolveOrigin: resolveOrigin(origins, artifacts, { prove, hold }),
        ProvisionBuilder: provisionBuilder(builders, artifacts),
        RunAgent: runAgent(agent, artifacts),
        CreateSnapshot: createSnapshot(snapshots, artifacts),
        AwaitSnapshot: awaitSnapshot(snapshots),
        ReleaseBuilder: releaseBuilder(builders),
        RegisterImage: registerImage(images, artifacts),
        CheckProvenance: checkProvenance({
          ...{ artifacts, policyOf, vulnerabilities, reports },
          ...{ inventories, verdicts: folderVerdicts(paths) },
        }),
        TestImage: testImage(testMachines, artifacts),
        PublishImage: publishImage({
          ...{ images, artifacts, announcements: loggedAnnouncements(events) },
          attest: attest({ artifacts, signer, platform }),
          approve: async () => {}, // who bakes on a machine of theirs is its operator
        }),
        KeepBuilder: keepBuilder(builders),
        ReleaseBake: release,
      },
      bake,
      input: {
        ...{ recipe: basename(order.recipePath), parameters: order.parameters },
        keep_builder: order.keepBuilder,
      },
      signal,
      events,
    });
    const { imageId } = output as { imageId: string };
    return await findImage(paths, ImageId.parse(imageId));
  } finally {
    // as the execution's end event does on AWS: a stopped execution ran no Catch, or half of one
    if (signal.aborted) await builders.keep(bake, new Date(0));
    await release({ bake }, {});
  }
};
