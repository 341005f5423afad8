import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import type { BakeId } from "../../core/ids.ts";
import { findMachines, isAlive, type Machine, type Machines } from "../machine/instances.ts";
import { tagKeys } from "../tags.ts";

/**
 * Writes on the bake's living builders until when they are kept: release and sweep read it, and
 * the builder itself, which otherwise ends when its time is up. Spot capacity can still be taken
 * back by EC2. Says how many there are.
 */
export const keepBuilders = async (aws: Machines, bake: BakeId, until: Date): Promise<number> => {
  const builders = (await findMachines(aws, { bake, role: "builder" })).filter(isAlive);
  if (builders.length === 0) return 0;
  await aws.ec2.send(
    new CreateTagsCommand({
      Resources: builders.map(({ id }) => id),
      Tags: [{ Key: tagKeys.keepUntil, Value: until.toISOString() }],
    }),
  );
  return builders.length;
};

/** Whether it is kept at that moment, in milliseconds since the epoch. */
export const isKept = ({ tags }: Machine, now: number): boolean =>
  Date.parse(tags.get(tagKeys.keepUntil) ?? "") > now;
