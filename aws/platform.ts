import { createHash } from "node:crypto";
import { NotFound } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import { inventoryFile } from "../core/inventory/document.ts";
import type { Architecture } from "../core/job.ts";
import type { Artifacts } from "../core/ports.ts";
import type { Platform } from "../core/statement/attest.ts";
import { bundleArchive } from "../core/way-in/start-bake.ts";
import { bakeMachineArn } from "./bake-machine.ts";
import type { Stage } from "./stage.ts";

export interface PlatformWorld {
  artifacts: Artifacts;
  stage: Pick<
    Stage,
    "name" | "account" | "region" | "keyArn" | "agentPackages" | "functionsSha256"
  >;
  /** Ovenbird's. */
  version: string;
  /** The Node that is in the agent's packages: agent/node-pins.json. */
  node: { version: string; sha256: Record<Architecture, string> };
}

/** A stage: its state machine is who speaks, and what it runs is known by its digests. */
export const stagePlatform = ({ artifacts, stage, version, node }: PlatformWorld): Platform => ({
  place: { account: stage.account, region: stage.region, stage: stage.name },
  builder: async () => ({
    id: bakeMachineArn(stage),
    version: { ovenbird: version, functions: `sha256:${stage.functionsSha256}` },
  }),
  async bundle(bake) {
    const bytes = await bundleOf(artifacts, bake);
    if (bytes === undefined) return [];
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    return [{ name: bundleArchive, mediaType: "application/gzip", digest: { sha256 } }];
  },
  async tools(architecture) {
    const { bucket, key, sha256 } = stage.agentPackages[architecture];
    return [
      { name: "ovenbird-agent", uri: `s3://${bucket}/${key}`, digest: { sha256 } },
      {
        ...{ name: "node", uri: `pkg:generic/node@${node.version}` },
        digest: { sha256: node.sha256[architecture] },
        annotations: { architecture, what: "the published archive that the agent's Node is of" },
      },
    ];
  },
  inventory: (bake) => artifacts.get(bake, inventoryFile),
});

/** A bake that somebody started by hand has only its recipe. */
const bundleOf = async (artifacts: Artifacts, bake: BakeId): Promise<Buffer | undefined> => {
  try {
    return await artifacts.get(bake, bundleArchive);
  } catch (error) {
    if (error instanceof NotFound) return undefined;
    throw error;
  }
};
