import type { EC2Client } from "@aws-sdk/client-ec2";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { BuilderFailed, BuilderPending } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Builders, BuilderSpec } from "../core/ports.ts";
import { attachDisk } from "./builder/attachment.ts";
import { keepBuilders } from "./builder/keep.ts";
import { releaseBuilders } from "./builder/release.ts";
import { startBuilder } from "./builder/start.ts";
import { awaitUp } from "./builder/up.ts";
import { ensureDisk } from "./builder/working-disk.ts";
import { findMachines, settled } from "./machine/instances.ts";
import type { BootWait } from "./machine/online.ts";
import { codeOf, isLagging } from "./machine/refusals.ts";
import { patient } from "./patient.ts";
import type { Stage } from "./stage.ts";

export interface Ec2Builders {
  ec2: EC2Client;
  ssm: SSMClient;
  stage: Stage;
  boot?: BootWait;
}

/**
 * EC2 instances of the stage's network. Everything known of them is what EC2 says: each call looks
 * by tags, does the next thing, and throws BuilderPending with what it waits for. Throws
 * BuilderFailed when waiting is of no use, NotFound when the origin was removed, CloudBusy.
 */
export const ec2Builders = (aws: Ec2Builders): Builders => ({
  provision: patient(async (bake, spec) => {
    refuseRegion(aws.stage, spec);
    try {
      return await provision(aws, bake, spec);
    } catch (error) {
      if (!isLagging(error)) throw error;
      const words = `${codeOf(error)}: ${(error as Error).message}`;
      throw new BuilderPending(`EC2 does not know yet what it made (${words}); it is asked again`, {
        cause: error,
      });
    }
  }),
  keep: (bake, until) => keepBuilders(aws, bake, until),
  release: (bake) => releaseBuilders(aws, bake),
});

const refuseRegion = ({ region, name }: Stage, { wishes }: BuilderSpec): void => {
  if (wishes.region === undefined || wishes.region === region) return;
  throw new BuilderFailed(
    `the recipe asks for the region ${wishes.region}, and the stage ${name} bakes in ${region}; drop it in the bucket of a stage of ${wishes.region}, or leave region: out and have the image copied there`,
  );
};

type Provisioned = Awaited<ReturnType<Builders["provision"]>>;

const provision = async (
  aws: Ec2Builders,
  bake: BakeId,
  spec: BuilderSpec,
): Promise<Provisioned> => {
  const machines = await findMachines(aws, { bake, role: "builder" });
  const builder = await settled(aws, machines);
  if (builder === undefined) {
    const waits = await startBuilder(aws, bake, spec, machines);
    if (waits !== undefined) throw waits;
    return provision(aws, bake, spec);
  }
  await awaitUp(aws, builder);
  const disk = await ensureDisk(aws, bake, spec, builder);
  await attachDisk(aws, bake, builder, disk);
  return { builderId: builder.id, volumeId: disk.id };
};
