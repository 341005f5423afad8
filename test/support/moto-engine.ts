import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { bakeMachineArn, bakeMachineName, executionArn } from "../../aws/bake-machine.ts";
import type { BakeId } from "../../core/ids.ts";
import type { Moto } from "./moto.ts";
import type { DeployedStage } from "./moto-stage.ts";

/** Moto's own interpreter of state machines, which runs one execution before it must forget all. */
export interface Engine {
  /** Has the state machine there, and no execution. */
  ready(): Promise<void>;
  /** Waits for the execution's end. */
  ended(bake: BakeId): Promise<DescribeExecutionOutput>;
}

export const openEngine = (moto: Moto, { stage, definition }: DeployedStage): Engine => {
  const sfn = new SFNClient(moto.client);
  const machine = {
    ...{ name: bakeMachineName(stage.name), definition: impatient(definition) },
    roleArn: `arn:aws:iam::${stage.account}:role/bake`,
  };
  return {
    async ready() {
      await moto.reset();
      await execute(moto);
      await sfn.send(new CreateStateMachineCommand(machine));
    },
    async ended(bake) {
      const ask = { executionArn: executionArn(stage, bake) };
      // one that is stopped ends when the function that it called has answered, which may stay
      for (let tries = 0; tries < 1800; tries++) {
        const found = await sfn.send(new DescribeExecutionCommand(ask));
        if (found.status !== "RUNNING") return found;
        await sleep(50);
      }
      throw new Error(`${bake} was still running after a minute and a half`);
    },
  };
};

/** The same machine, whose polls are all a second apart: the interpreter's seconds are real ones. */
const impatient = (definition: string): string =>
  JSON.stringify(
    JSON.parse(definition, (key, value: unknown) => (key === "IntervalSeconds" ? 1 : value)),
  );

/** Without this, moto's executions are made up. */
const execute = async ({ client }: Moto): Promise<void> => {
  const answer = await fetch(`${client.endpoint}/moto-api/config`, {
    method: "POST",
    body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
  });
  if (!answer.ok) throw new Error(`moto would not execute: ${await answer.text()}`);
};

/**
 * How Step Functions tells EventBridge of an execution's end.
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export const endEvent = (
  { stage }: Pick<DeployedStage, "stage">,
  bake: BakeId,
  ended: DescribeExecutionOutput,
) => ({
  ...{ version: "0", id: "315c1398-40ff-a850-213b-158f73e60175", account: stage.account },
  ...{ source: "aws.states", "detail-type": "Step Functions Execution Status Change" },
  ...{ time: new Date().toISOString(), region: stage.region },
  resources: [executionArn(stage, bake)],
  detail: {
    ...{ executionArn: executionArn(stage, bake), stateMachineArn: bakeMachineArn(stage) },
    ...{ name: bake, status: ended.status, input: ended.input, output: ended.output ?? null },
    ...{ error: ended.error ?? null, cause: ended.cause ?? null },
    startDate: ended.startDate?.getTime(),
    stopDate: ended.stopDate?.getTime(),
  },
});
