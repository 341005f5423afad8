import type { HistoryEvent as SfnEvent } from "@aws-sdk/client-sfn";
import type { Happening } from "../../../core/bake-event.ts";
import type { BakeInput } from "../../../core/executions.ts";
import { BakeId } from "../../../core/ids.ts";
import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import type { StartedBake } from "./plain-bakery.ts";
import { page } from "./world.ts";

type Status = "RUNNING" | "SUCCEEDED" | "FAILED" | "ABORTED";

interface Run {
  bake: BakeId;
  status: Status;
  started: number;
  ended?: number;
  output?: string;
  error?: string;
  cause?: string;
  history: SfnEvent[];
  stop: AbortController;
}

export interface ExecutionsOrder {
  clock: Clock;
  /** Runs the state machine. */
  run(started: StartedBake): Promise<unknown>;
  /** Told once of each that has ended, as EventBridge is. */
  ended(bake: BakeId, status: Exclude<Status, "RUNNING">): void;
}

/** Step Functions: executions of a state machine that runs in this process. */
export const openExecutions = ({ clock, run, ended }: ExecutionsOrder) => {
  const runs = new Map<string, Run>();
  const named = (arn = ""): Run => {
    const found = runs.get(arn.split(":").at(-1) ?? "");
    if (found === undefined) throw serviceError("ExecutionDoesNotExist", arn);
    return found;
  };
  const tell = (one: Run, event: Omit<SfnEvent, "id" | "timestamp">, at = clock.now()): void => {
    one.history.push({ ...event, id: one.history.length + 1, timestamp: new Date(at) });
  };
  const end = (one: Run, status: Exclude<Status, "RUNNING">, more: Partial<Run>): void => {
    if (one.status !== "RUNNING") return; // what was stopped has ended, whatever it does then
    Object.assign(one, { status, ended: clock.now(), ...more });
    const name = `${status[0]}${status.slice(1).toLowerCase()}` as "Failed";
    tell(one, { type: `Execution${name}` });
    ended(one.bake, status);
  };
  const begin = async (one: Run, input: BakeInput): Promise<void> => {
    const { bake, stop } = one;
    const events = (event: Happening) => one.status === "RUNNING" && tellState(one, event);
    try {
      const output = await run({ bake, input, signal: stop.signal, events: (e) => void events(e) });
      end(one, "SUCCEEDED", { output: JSON.stringify(output) });
    } catch (error) {
      const { error: name, message } = error as { error?: string; message: string };
      end(one, "FAILED", { error: name ?? "States.Runtime", cause: message });
    }
  };
  const tellState = (one: Run, event: Happening): void => {
    if (event.event === "state-entered") {
      const stateEnteredEventDetails = { name: event.state };
      tell(one, { type: "TaskStateEntered", stateEnteredEventDetails }, event.at);
    } else if (event.event === "state-exited" && event.status === "succeeded") {
      const stateExitedEventDetails = { name: event.state };
      tell(one, { type: "TaskStateExited", stateExitedEventDetails }, event.at);
    }
  };
  const about = (one: Run) => ({
    ...{ name: one.bake, status: one.status, startDate: new Date(one.started) },
    ...(one.ended !== undefined && { stopDate: new Date(one.ended) }),
  });
  const operations = {
    StartExecution({ name, input = "{}" }: { name?: string; input?: string }) {
      const bake = BakeId.parse(name);
      if (runs.has(bake)) throw serviceError("ExecutionAlreadyExists", bake);
      const about = { status: "RUNNING" as const, started: clock.now() };
      const one: Run = { ...about, bake, history: [], stop: new AbortController() };
      runs.set(bake, one);
      tell(one, { type: "ExecutionStarted" });
      void begin(one, JSON.parse(input) as BakeInput);
      return { startDate: new Date(one.started) };
    },
    DescribeExecution({ executionArn }: { executionArn?: string }) {
      const one = named(executionArn);
      return { ...about(one), output: one.output, error: one.error, cause: one.cause };
    },
    StopExecution(order: { executionArn?: string; error?: string; cause?: string }) {
      const one = named(order.executionArn);
      end(one, "ABORTED", { error: order.error, cause: order.cause });
      one.stop.abort();
      return { stopDate: new Date(clock.now()) };
    },
    GetExecutionHistory(order: { executionArn?: string; nextToken?: string }) {
      const newestFirst = named(order.executionArn).history.toReversed();
      const { items, next } = page(newestFirst, order.nextToken);
      return { events: items, nextToken: next };
    },
    ListExecutions({ statusFilter, nextToken }: { statusFilter?: string; nextToken?: string }) {
      const all = [...runs.values()].toReversed();
      const meant = all.filter(({ status }) => (statusFilter ?? status) === status);
      const { items, next } = page(meant, nextToken);
      return { executions: items.map(about), nextToken: next };
    },
  };
  return {
    operations: operations as unknown as Record<string, (input: never) => object>,
    /** A task of a bake failed, or polls. */
    failed(bake: BakeId, error: string): void {
      const one = runs.get(bake);
      if (one?.status === "RUNNING")
        tell(one, {
          type: "TaskFailed",
          taskFailedEventDetails: { resourceType: "lambda", resource: "invoke", error },
        });
    },
  };
};
