import { DescribeInstanceInformationCommand, type SSMClient } from "@aws-sdk/client-ssm";
import { setTimeout as sleep } from "node:timers/promises";
import type { Machine } from "./instances.ts";
import { codeOf } from "./refusals.ts";

/** Whether the SSM agent of that machine answers. Before its first word SSM does not know it. */
export const isOnline = async (ssm: SSMClient, id: string): Promise<boolean> => {
  try {
    const { InstanceInformationList = [] } = await ssm.send(
      new DescribeInstanceInformationCommand({ Filters: [{ Key: "InstanceIds", Values: [id] }] }),
    );
    return InstanceInformationList.some(({ PingStatus }) => PingStatus === "Online");
  } catch (error) {
    if (codeOf(error) === "InvalidInstanceId") return false;
    throw error;
  }
};

/** Milliseconds that a machine takes at least, between looks, and that a function is at work at most. */
export interface BootWait {
  least: number;
  pause: number;
  most: number;
}

export const usualWait: BootWait = { least: 15_000, pause: 1000, most: 40_000 };

/**
 * Waits for the SSM agent of a machine that was started, as long as a function may: while its id is
 * at hand, that takes no call of EC2's, of which a thousand bakes have twenty a second. Says whether
 * it answers. `since` is when the function began, in milliseconds since the epoch.
 */
export const comesOnline = async (
  { ssm, boot = usualWait }: { ssm: SSMClient; boot?: BootWait },
  { id, launched }: Pick<Machine, "id" | "launched">,
  since: number,
): Promise<boolean> => {
  const end = since + boot.most;
  const soonest = launched.getTime() + boot.least - Date.now();
  for (let pause = Math.max(boot.pause, soonest); Date.now() + pause < end; pause = boot.pause) {
    await sleep(pause);
    if (await isOnline(ssm, id)) return true;
  }
  return false;
};
