import {
  CreateTagsCommand,
  type EC2Client,
  type Instance,
  paginateDescribeInstances,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import * as z from "zod";
import { type BakeId, BuilderId } from "../../core/ids.ts";
import type { Stage } from "../stage.ts";
import { filters, type Role, tagKeys } from "../tags.ts";
import type { BootWait } from "./online.ts";

/** What every call about machines needs. */
export interface Machines {
  ec2: EC2Client;
  stage: Stage;
  /** How a function waits for a machine that it started; as in an AWS region when absent. */
  boot?: BootWait;
}

/** What is asked of EC2's instances, by names of our own. */
const Described = z
  .object({
    InstanceId: BuilderId,
    State: z.object({ Name: z.string() }),
    StateReason: z.object({ Code: z.string(), Message: z.string() }).partial().optional(),
    InstanceType: z.string(),
    InstanceLifecycle: z.string().optional(),
    LaunchTime: z.date(),
    Placement: z.object({ AvailabilityZone: z.string() }),
    SubnetId: z.string().optional(), // a terminated instance has none after a while
    BlockDeviceMappings: z
      .array(
        z.object({
          DeviceName: z.string(),
          Ebs: z.object({ VolumeId: z.string(), DeleteOnTermination: z.boolean().optional() }),
        }),
      )
      .default([]),
    Tags: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]),
  })
  .transform((found) => ({
    id: found.InstanceId,
    state: found.State.Name,
    reason: { code: found.StateReason?.Code ?? "", message: found.StateReason?.Message ?? "" },
    type: found.InstanceType,
    spot: found.InstanceLifecycle === "spot",
    launched: found.LaunchTime,
    zone: found.Placement.AvailabilityZone,
    subnet: found.SubnetId,
    devices: found.BlockDeviceMappings.map(({ DeviceName, Ebs }) => ({
      name: DeviceName,
      volumeId: Ebs.VolumeId,
      goesWithInstance: Ebs.DeleteOnTermination === true,
    })),
    tags: new Map(found.Tags.map(({ Key, Value }) => [Key, Value])),
  }));

/** An EC2 instance. */
export type Machine = z.output<typeof Described>;

export const machineOf = (instance: Instance | undefined): Machine => Described.parse(instance);

const living = new Set(["pending", "running", "stopping", "stopped"]);

/** Whether it takes its place: what is shutting down never comes back. */
export const isAlive = ({ state }: Machine): boolean => living.has(state);

/** All calls that see two machines agree on which is the older. */
export const byAge = (one: Machine, other: Machine): number =>
  one.launched.getTime() - other.launched.getTime() || (one.id < other.id ? -1 : 1);

/** Machines of that role, of a bake or the whole stage: the oldest first, the dead ones too. */
export const findMachines = async (
  { ec2, stage }: Machines,
  { among, ...tags }: { role: Role; bake?: BakeId; among?: "living" },
): Promise<Machine[]> => {
  const found: Machine[] = [];
  const states = { Name: "instance-state-name", Values: [...living] };
  const Filters = [...filters(stage, tags), ...(among === "living" ? [states] : [])];
  const pages = paginateDescribeInstances({ client: ec2, pageSize: 1000 }, { Filters });
  for await (const { Reservations = [] } of pages) {
    found.push(...Reservations.flatMap(({ Instances = [] }) => Instances.map(machineOf)));
  }
  return found.toSorted(byAge);
};

/** Ends machines; those that ended meanwhile are no error. Says how many were asked to. */
export const terminate = async (
  { ec2 }: Machines,
  machines: readonly { id: string }[],
): Promise<number> => {
  if (machines.length === 0) return 0;
  await ec2.send(new TerminateInstancesCommand({ InstanceIds: machines.map(({ id }) => id) }));
  return machines.length;
};

/**
 * Ends a machine that an older one makes needless, and writes that on it: so that its end is not
 * taken for one that somebody wanted for the bake.
 */
export const giveWay = async (
  aws: Machines,
  to: Pick<Machine, "id">,
  surplus: readonly Machine[],
): Promise<void> => {
  if (surplus.length === 0) return;
  await aws.ec2.send(
    new CreateTagsCommand({
      Resources: surplus.map(({ id }) => id),
      Tags: [{ Key: tagKeys.surplus, Value: to.id }],
    }),
  );
  await terminate(aws, surplus);
};

/** Ends a machine that is of no use until a quota has room, whose code is written on it. */
export const giveBack = async (aws: Machines, { id }: Machine, quota: string): Promise<void> => {
  const Tags = [{ Key: tagKeys.surplus, Value: quota }];
  await aws.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
  await terminate(aws, [{ id }]);
};

/** The oldest living machine, after the younger ones gave way to it. */
export const settled = async (
  aws: Machines,
  machines: readonly Machine[],
): Promise<Machine | undefined> => {
  const [oldest, ...surplus] = machines.filter(isAlive);
  if (oldest !== undefined) await giveWay(aws, oldest, surplus);
  return oldest;
};
