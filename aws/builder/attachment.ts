import { AttachVolumeCommand, ModifyInstanceAttributeCommand } from "@aws-sdk/client-ec2";
import { setTimeout as sleep } from "node:timers/promises";
import { BuilderFailed, BuilderPending } from "../../core/errors.ts";
import type { BakeId } from "../../core/ids.ts";
import type { Machine, Machines } from "../machine/instances.ts";
import { type Disk, findDisks } from "../machine/disks.ts";
import { isLate, patience } from "./up.ts";
import { inOurWords } from "./working-disk.ts";

/** How often, and after how many milliseconds, an attachment is looked at. */
export interface Looks {
  most: number;
  first: number;
  pause: number;
}

/** It takes 1 to 3 s. */
const usualLooks: Looks = { most: 5, first: 3000, pause: 1000 };

/**
 * Has the disk attached to its builder, and deleted with it. Throws BuilderPending until it is so,
 * and BuilderFailed when it cannot be.
 */
export const attachDisk = async (
  aws: Machines & { looks?: Looks },
  bake: BakeId,
  builder: Machine,
  disk: Disk,
) => {
  const { looks = usualLooks } = aws;
  let seen = disk;
  for (let look = 0; !isAttached(seen, builder); look++) {
    refuseLost(builder, seen);
    if (look === looks.most) throw notYet(builder, seen);
    if (seen.state === "available") await attach(aws, builder, seen);
    await sleep(look === 0 ? looks.first : looks.pause);
    const disks = await findDisks(aws, { bake, role: "working-disk" });
    seen = disks.find(({ id }) => id === disk.id) ?? seen;
  }
  await tieDisk(aws, seen);
};

const notYet = (builder: Machine, { id, state }: Disk): Error =>
  isLate(builder)
    ? new BuilderFailed(
        `the working disk ${id} was not attached to ${builder.id} in ${patience} minutes: EC2 says that it is "${state}"; start a new bake`,
      )
    : new BuilderPending(
        `the working disk ${id} is being attached to ${builder.id}; it is "${state}"`,
      );

const isAttached = ({ attachments }: Disk, builder: Machine): boolean =>
  attachments.some(({ to, state }) => to === builder.id && state === "attached");

const refuseLost = (builder: Machine, { id, state, attachments }: Disk): void => {
  const other = attachments.find(({ to, state }) => to !== builder.id && state !== "detached");
  if (other !== undefined) {
    throw new BuilderFailed(
      `the working disk ${id} is attached to ${other.to}, and its builder is ${builder.id}: somebody moved it; start a new bake`,
    );
  }
  if (["error", "deleting", "deleted"].includes(state)) {
    throw new BuilderFailed(
      `the working disk ${id} of ${builder.id} cannot be used: EC2 says that it is "${state}"; start a new bake`,
    );
  }
};

/** A call that comes too early, or second, is no error: the disk is looked at again. */
const attach = async ({ ec2 }: Machines, builder: Machine, { id }: Disk): Promise<void> => {
  const Device = freeDevice(builder);
  try {
    await ec2.send(new AttachVolumeCommand({ VolumeId: id, InstanceId: builder.id, Device }));
  } catch (error) {
    const { name, message } = error as Error;
    if (/^(?:VolumeInUse|IncorrectState|IncorrectInstanceState)$/.test(name)) return;
    if (name === "InvalidParameterValue" && /already in use/.test(message)) return;
    throw inOurWords(error, `to attach ${id} to ${builder.id}`);
  }
};

/** Of the names that EC2 recommends for further volumes, /dev/sdf to /dev/sdp. */
const freeDevice = (builder: Machine): string => {
  const taken = new Set(builder.devices.map(({ name }) => name.slice(-1)));
  const letter = "fghijklmnop".split("").find((name) => !taken.has(name));
  if (letter !== undefined) return `/dev/sd${letter}`;
  throw new BuilderFailed(
    `${builder.id} has a disk under every name from /dev/sdf to /dev/sdp, and the working disk needs one`,
  );
};

/** Has EC2 delete the disk with the machine that it is attached to. */
export const tieDisk = async ({ ec2 }: Machines, { id, attachments }: Disk): Promise<void> => {
  for (const { to, device } of attachments.filter(({ goesWithInstance }) => !goesWithInstance)) {
    const Ebs = { VolumeId: id, DeleteOnTermination: true };
    const BlockDeviceMappings = [{ DeviceName: device, Ebs }];
    await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: to, BlockDeviceMappings }));
  }
};
