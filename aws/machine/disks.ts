import { DeleteVolumeCommand, paginateDescribeVolumes, type Volume } from "@aws-sdk/client-ec2";
import * as z from "zod";
import { type BakeId, VolumeId } from "../../core/ids.ts";
import type { Machines } from "./instances.ts";
import { codeOf } from "./refusals.ts";
import { filters, type Role, tagKeys } from "../tags.ts";

/** What is asked of EC2's volumes, by names of our own. */
const Described = z
  .object({
    VolumeId,
    State: z.string(),
    CreateTime: z.date(),
    Attachments: z
      .array(
        z.object({
          InstanceId: z.string(),
          State: z.string(),
          Device: z.string(),
          DeleteOnTermination: z.boolean().optional(),
        }),
      )
      .default([]),
    Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
  })
  .transform((found) => ({
    id: found.VolumeId,
    state: found.State,
    created: found.CreateTime,
    attachments: found.Attachments.map((attachment) => ({
      to: attachment.InstanceId,
      state: attachment.State,
      device: attachment.Device,
      goesWithInstance: attachment.DeleteOnTermination === true,
    })),
    builder: found.Tags.find(({ Key }) => Key === tagKeys.builder)?.Value,
  }));

/** An EBS volume of a bake's. */
export type Disk = z.output<typeof Described>;

export const diskOf = (volume: Volume): Disk => Described.parse(volume);

/** One that was made for a builder some while ago, as it is when nothing happened to it. */
export const newDisk = (id: VolumeId, builder: { id: string; launched: Date }): Disk => ({
  ...{ id, state: "available", created: builder.launched, attachments: [], builder: builder.id },
});

/** All volumes that were made for the bake with that role. */
export const findDisks = async (
  { ec2, stage }: Machines,
  wanted: { role: Role; bake: BakeId },
): Promise<Disk[]> => {
  const found: Disk[] = [];
  const Filters = filters(stage, wanted);
  for await (const { Volumes = [] } of paginateDescribeVolumes({ client: ec2 }, { Filters })) {
    found.push(...Volumes.map(diskOf));
  }
  return found;
};

/**
 * Deletes what is attached to nothing. A disk that is in use goes with its machine; one that is
 * still being made is found by the next release, or by the sweep.
 */
export const removeDisks = async ({ ec2 }: Machines, disks: readonly Disk[]): Promise<void> => {
  for (const { id } of disks.filter(({ state }) => state === "available" || state === "error")) {
    try {
      await ec2.send(new DeleteVolumeCommand({ VolumeId: id }));
    } catch (error) {
      const passing = /^(?:InvalidVolume\.NotFound|VolumeInUse|IncorrectState)$/;
      if (!passing.test(codeOf(error))) throw error;
    }
  }
};
