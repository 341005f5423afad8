import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent as SfnEvent,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import * as z from "zod";
import { causeMessage } from "../core/cause-message.ts";
import { NotFound } from "../core/errors.ts";
import type { EndedExecution, Execution, Executions, HistoryEvent } from "../core/executions.ts";
import { BakeId, ImageId } from "../core/ids.ts";
import { bakeMachineArn, executionArn } from "./bake-machine.ts";
import { isNamed } from "./named-error.ts";
import type { Stage } from "./stage.ts";

export interface StepFunctions {
  sfn: SFNClient;
  stage: Pick<Stage, "name" | "account" | "region" | "keyArn">;
}

/** The executions of a stage's state machine. */
export const sfnExecutions = ({ sfn, stage }: StepFunctions): Executions => ({
  async start(bake, input) {
    const order = {
      stateMachineArn: bakeMachineArn(stage),
      name: bake,
      input: JSON.stringify(input),
    };
    try {
      // of the same name and input while it runs, the answer is the one that runs
      await sfn.send(new StartExecutionCommand(order));
      return "started";
    } catch (error) {
      if (isNamed(error, "ExecutionAlreadyExists")) return "again";
      throw error;
    }
  },
  async describe(bake) {
    const order = { executionArn: executionArn(stage, bake) };
    try {
      return endedOf(bake, await sfn.send(new DescribeExecutionCommand(order)));
    } catch (error) {
      if (isNamed(error, "ExecutionDoesNotExist")) return undefined;
      throw error;
    }
  },
  async *list(status) {
    const order = {
      stateMachineArn: bakeMachineArn(stage),
      ...(status && { statusFilter: statusNames[status] }),
    };
    for await (const { executions = [] } of paginateListExecutions({ client: sfn }, order)) {
      for (const item of executions) yield* executionOf(item);
    }
  },
  async stop(bake, error, cause) {
    const order = { executionArn: executionArn(stage, bake), error, cause };
    await sfn.send(new StopExecutionCommand(order)).catch(orMissing(bake));
  },
  history: (bake, after = 0) => historyAfter(sfn, { arn: executionArn(stage, bake), bake, after }),
});

const statusNames = {
  running: "RUNNING",
  succeeded: "SUCCEEDED",
  failed: "FAILED",
  "timed out": "TIMED_OUT",
  stopped: "ABORTED",
} as const;

const Status = z
  .enum(["RUNNING", "PENDING_REDRIVE", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
  .transform((status) => statuses[status]);

const statuses = {
  RUNNING: "running",
  PENDING_REDRIVE: "running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  TIMED_OUT: "timed out",
  ABORTED: "stopped",
} as const;

const orMissing =
  (bake: BakeId) =>
  (error: unknown): never => {
    if (!isNamed(error, "ExecutionDoesNotExist")) throw error;
    throw new NotFound(`there is no bake ${bake}`, { cause: error });
  };

/** Somebody may have started one by hand, under a name that is no bake's. */
const executionOf = ({ name, status, startDate, stopDate }: ExecutionListItem): Execution[] => {
  const bake = BakeId.safeParse(name);
  if (!bake.success || startDate === undefined) return [];
  return [{ bake: bake.data, status: Status.parse(status), started: startDate, ended: stopDate }];
};

/** The state machine's output is its published image. */
const Output = z.object({ imageId: ImageId });

const endedOf = (bake: BakeId, found: DescribeExecutionOutput): EndedExecution => {
  const { status, startDate, stopDate, output, error, cause } = found;
  const image = status === "SUCCEEDED" ? Output.parse(JSON.parse(output ?? "null")) : undefined;
  return {
    ...{ bake, status: Status.parse(status), started: startDate ?? new Date(0), ended: stopDate },
    ...(image && { imageId: image.imageId }),
    ...(error && { error }),
    ...(cause && { message: causeMessage(cause) }),
  };
};

/** Read from its end, as a long bake's history has thousands of polls in it. */
const historyAfter = async (
  sfn: SFNClient,
  { arn, bake, after }: { arn: string; bake: BakeId; after: number },
): Promise<HistoryEvent[]> => {
  const found: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const order = { executionArn: arn, reverseOrder: true, maxResults: after === 0 ? 1000 : 100 };
    const page = new GetExecutionHistoryCommand({
      ...{ ...order, nextToken, includeExecutionData: false },
    });
    const { events = [], ...rest } = await sfn.send(page).catch(orMissing(bake));
    const fresh = events.flatMap(eventOf).filter(({ id }) => id > after);
    found.push(...fresh);
    nextToken = fresh.length < events.length ? undefined : rest.nextToken;
  } while (nextToken !== undefined);
  return found.toSorted((one, other) => one.id - other.id);
};

const eventOf = (event: SfnEvent): HistoryEvent[] => {
  const { id, timestamp, type } = event;
  if (id === undefined || timestamp === undefined || type === undefined) return [];
  const state = event.stateEnteredEventDetails?.name ?? event.stateExitedEventDetails?.name;
  const failed = event.taskFailedEventDetails ?? event.taskTimedOutEventDetails;
  const error = failed?.error ?? event.executionFailedEventDetails?.error;
  const cause = failed?.cause;
  return [
    {
      ...{ id, at: timestamp.getTime(), type, ...(state && { state }), ...(error && { error }) },
      ...(cause && { message: causeMessage(cause) }),
    },
  ];
};
