import type { BakeId } from "../core/ids.ts";
import type { Stage } from "./stage.ts";

type Place = Pick<Stage, "name" | "account" | "region" | "keyArn">;

/** The name of a stage's state machine: by it, what the machine calls can call it. */
export const bakeMachineName = (stage: string): string => `ovenbird-${stage}-bake`;

/** `aws`, `aws-cn` or `aws-us-gov`, as every ARN says. */
const partitionOf = ({ keyArn }: Place): string => keyArn.split(":")[1] ?? "aws";

const arn = (stage: Place, kind: "stateMachine" | "execution"): string =>
  `arn:${partitionOf(stage)}:states:${stage.region}:${stage.account}:${kind}:${bakeMachineName(stage.name)}`;

/**
 * The ARN of a stage's state machine. It is made of names and not a field of Stage: the functions
 * are told the stage, and the machine is made of the functions, so it cannot be told to them.
 */
export const bakeMachineArn = (stage: Place): string => arn(stage, "stateMachine");

export const executionArn = (stage: Place, bake: BakeId): string =>
  `${arn(stage, "execution")}:${bake}`;
