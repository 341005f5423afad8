import { digestOf } from "../../core/digest-of.ts";
import { attest, type Platform } from "../../core/statement/attest.ts";
import { proveOrigin } from "../../core/statement/origin-proof.ts";
import type { Signer } from "../../core/statement/signer.ts";
import type { Artifacts, Statements } from "../../core/ports.ts";
import { someBake } from "./local-state.ts";
import { memorySigner } from "./memory-signer.ts";
import { packedInventory } from "./small-inventory.ts";

/** A place that bakes, by its own word. */
export const memoryPlatform: Platform = {
  place: {},
  builder: async () => ({ id: "ovenbird:machine/test", version: { ovenbird: "0" } }),
  bundle: async () => [{ name: "site", digest: { sha256: "b".repeat(64) } }],
  tools: async () => [{ name: "ovenbird-agent", digest: { sha256: "a".repeat(64) } }],
  inventory: async () => packedInventory,
};

interface World {
  artifacts: Artifacts;
  statements: Statements;
  signer?: Signer;
  platform?: Platform;
}

/** Of whatever image: here all have the same. */
const keptInventory = (platform: Platform) => async () =>
  digestOf(await platform.inventory(someBake()));

/** What functions sign with, and verify origins by. */
export const attestingOn = (world: World) => {
  const { artifacts, statements, signer = memorySigner(), platform = memoryPlatform } = world;
  return {
    ...{ signer, platform },
    attest: attest({ artifacts, signer, platform }),
    prove: proveOrigin({ statements, keys: signer, inventoryOf: keptInventory(platform) }),
  };
};
