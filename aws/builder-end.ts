import { DescribeInstancesCommand, type EC2Client, EC2ServiceException } from "@aws-sdk/client-ec2";
import type { BuilderId } from "../core/ids.ts";
import { spotLosses } from "./machine/candidates.ts";

/** What became of a builder; undefined while it is up. */
export type BuilderEnd = (builderId: BuilderId) => Promise<EndOfBuilder | undefined>;

export interface EndOfBuilder {
  /** A sentence. */
  told: string;
  /** Whether EC2 took back the spare capacity that it was on. */
  isSpotLoss: boolean;
}

const over = new Set(["shutting-down", "terminated", "stopping", "stopped"]);

/** EC2's codes of state reasons, as sentences' ends. */
const reasons: Record<string, string> = {
  ...Object.fromEntries([...spotLosses].map((code) => [code, "EC2 took its spot capacity back"])),
  "Client.InstanceInitiatedShutdown": "it shut itself down, or its time was up",
  "Client.UserInitiatedShutdown": "somebody, or a release, ended it",
};

export const builderEnd =
  ({ ec2 }: { ec2: EC2Client }): BuilderEnd =>
  async (builderId) => {
    const order = { InstanceIds: [builderId] };
    const answer = await ec2.send(new DescribeInstancesCommand(order)).catch(orGone);
    const instance = answer?.Reservations?.[0]?.Instances?.[0];
    if (instance === undefined) {
      return { told: `the builder ${builderId} is gone`, isSpotLoss: false };
    }
    const { State, StateReason: { Code = "", Message = "for no stated reason" } = {} } = instance;
    if (!over.has(State?.Name ?? "")) return undefined;
    return {
      told: `the builder ${builderId} is ${State?.Name}: ${reasons[Code] ?? Message}`,
      isSpotLoss: spotLosses.has(Code),
    };
  };

const orGone = (error: unknown): undefined => {
  const isGone =
    error instanceof EC2ServiceException && error.name === "InvalidInstanceID.NotFound";
  if (!isGone) throw error;
  return undefined;
};
