import type { EC2Client } from "@aws-sdk/client-ec2";
import type { S3Client } from "@aws-sdk/client-s3";
import type { SSMClient } from "@aws-sdk/client-ssm";
import { BuilderFailed, BuilderPending } from "../core/errors.ts";
import type { BakeId } from "../core/ids.ts";
import type { Builders, BuilderSpec } from "../core/ports.ts";
import { attachDisk, type Looks } from "./builder/attachment.ts";
import { keepBuilders } from "./builder/keep.ts";
import { releaseBuilders } from "./builder/release.ts";
import { refuseSurplus, startBuilder } from "./builder/start.ts";
import { notUp, refuseStopped } from "./builder/up.ts";
import { ensureDisk } from "./builder/working-disk.ts";
import { newDisk } from "./machine/disks.ts";
import { findMachines, type Machine, settled } from "./machine/instances.ts";
import { isSeenAlive } from "./machine/living.ts";
import { knownMachine, type Note, noted, openNote, unseenMachine } from "./machine/note.ts";
import { type BootWait, comesOnline, isOnline } from "./machine/online.ts";
import { codeOf, isLagging } from "./machine/refusals.ts";
import { patient } from "./patient.ts";
import type { Stage } from "./stage.ts";

export interface Ec2Builders {
  ec2: EC2Client;
  s3: S3Client;
  ssm: SSMClient;
  stage: Stage;
  boot?: BootWait;
  /** At the working disk while it is being attached. */
  looks?: Looks;
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
  const began = Date.now();
  const note = await openNote(aws, bake, "builder");
  const waitedFor = await knownBuilder(aws, { bake, note });
  if (waitedFor !== undefined) return whenUp(aws, { bake, spec, note, builder: waitedFor, began });
  const machines =
    note.now.launches === 0 ? [] : await findMachines(aws, { bake, role: "builder" });
  const found = await settled(aws, machines);
  const builder = found ?? (await startBuilder(aws, { bake, spec, note, dead: machines }));
  if (found === undefined) return whenUp(aws, { bake, spec, note, builder, began, isNew: true });
  refuseStopped(builder);
  if (!note.now.isSeen) await see(aws, { bake, note, builder });
  return whenUp(aws, { bake, spec, note, builder, began });
};

interface Coming {
  bake: BakeId;
  note: Note;
  builder: Machine;
}

/** One that an earlier call, or a look for all bakes, has seen alive. */
const knownBuilder = async (
  aws: Ec2Builders,
  { bake, note }: Omit<Coming, "builder">,
): Promise<Machine | undefined> => {
  const builder = unseenMachine(note.now);
  if (builder === undefined) return knownMachine(note.now);
  if (!(await isSeenAlive(aws, "builder", builder))) return undefined;
  await see(aws, { bake, note, builder });
  return builder;
};

/** It lives: from now on it is waited for without EC2's being asked. */
const see = async (aws: Ec2Builders, { bake, note, builder }: Coming): Promise<void> => {
  await refuseSurplus(aws, bake, builder);
  const isNoted = note.now.machine?.id === builder.id;
  const volumeId = isNoted ? note.now.volumeId : undefined;
  await note.change({ machine: noted(builder), volumeId, isSeen: true });
};

/** What was begun is at hand, so that nothing is looked for: EC2 has few looks for all bakes. */
const whenUp = async (
  aws: Ec2Builders,
  order: Coming & { spec: BuilderSpec; began: number; isNew?: boolean },
): Promise<Provisioned> => {
  const { bake, spec, note, builder, began, isNew = false } = order;
  const isYoung = isNew || builder.state === "pending";
  const isUp =
    (!isYoung && (await isOnline(aws.ssm, builder.id))) || (await comesOnline(aws, builder, began));
  if (!isUp) throw isNew ? begun(bake, builder) : notUp(aws, builder);
  const { machine, volumeId } = note.now;
  const isOld = isNew ? false : knownMachine(note.now) === undefined;
  const disk =
    volumeId === undefined || machine?.id !== builder.id || isOld
      ? await ensureDisk(aws, bake, spec, builder)
      : newDisk(volumeId, builder);
  await attachDisk(aws, bake, builder, disk);
  return { builderId: builder.id, volumeId: disk.id };
};

const begun = (bake: BakeId, { id, type, zone, spot }: Machine) =>
  new BuilderPending(
    `the builder ${id} of ${bake} was started: ${type} in ${zone}${spot ? " as spot" : ""}`,
  );
