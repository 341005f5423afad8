import { holdOrigin } from "../../core/policy/hold-origin.ts";
import { attest } from "../../core/statement/attest.ts";
import { awaitSnapshot } from "../../functions/await-snapshot.ts";
import { checkProvenance } from "../../functions/check-provenance.ts";
import { createSnapshot } from "../../functions/create-snapshot.ts";
import { keepBuilder } from "../../functions/keep-builder.ts";
import { provisionBuilder } from "../../functions/provision-builder.ts";
import { publishImage } from "../../functions/publish-image.ts";
import { readRecipe } from "../../functions/read-recipe.ts";
import { registerImage } from "../../functions/register-image.ts";
import { releaseBake } from "../../functions/release-bake.ts";
import { releaseBuilder } from "../../functions/release-builder.ts";
import { resolveOrigin } from "../../functions/resolve-origin.ts";
import { runAgent } from "../../functions/run-agent.ts";
import { testImage } from "../../functions/test-image.ts";
import { cleanInventory, packed } from "./clean-inventory.ts";
import type { MemoryWorld } from "./memory-ports.ts";

const judged = async () => packed(cleanInventory());

/** The real functions of every state, on ports in memory. */
export const handlersOn = (world: MemoryWorld) => ({
  ReadRecipe: readRecipe(world.artifacts, {}, world.policyOf),
  ResolveOrigin: resolveOrigin(world.origins, world.artifacts, {
    prove: world.prove,
    hold: holdOrigin(world),
  }),
  ProvisionBuilder: provisionBuilder(world.builders, world.artifacts),
  RunAgent: runAgent(world.agents, world.artifacts),
  CreateSnapshot: createSnapshot(world.snapshots, world.artifacts),
  AwaitSnapshot: awaitSnapshot(world.snapshots),
  ReleaseBuilder: releaseBuilder(world.builders),
  KeepBuilder: keepBuilder(world.builders),
  RegisterImage: registerImage(world.images, world.artifacts),
  CheckProvenance: checkProvenance({
    ...{ artifacts: world.artifacts, inventories: world.inventories, verdicts: world.verdicts },
    ...{ policyOf: world.policyOf, vulnerabilities: world.vulnerabilities },
    reports: world.reports,
  }),
  TestImage: testImage(world.testMachines, world.artifacts),
  PublishImage: publishImage({
    ...{ ...world, approve: async () => {} },
    // of what was judged: no other is signed
    attest: attest({ ...world, platform: { ...world.platform, inventory: judged } }),
  }),
  ReleaseBake: releaseBake(world),
});
