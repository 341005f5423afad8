import type { Clock } from "./clock.ts";
import { serviceError } from "./faults.ts";
import { page } from "./world.ts";

type Operations = Record<string, (input: never) => object | Promise<object>>;

/** How an execution ended. */
export interface Ended {
  status: "SUCCEEDED" | "FAILED" | "ABORTED";
  output?: string;
  error?: string;
  cause?: string;
}

export interface Run extends Partial<Omit<Ended, "status">> {
  /** The state machine's name. */
  machine: string;
  name: string;
  input: string;
  status: "RUNNING" | Ended["status"];
  started: number;
  ended?: number;
  /** A task that failed names its error; the end of all names no state. */
  events: { type: string; at: number; state?: string; error?: string }[];
  stop: AbortController;
}

export interface MachineOrder {
  clock: Clock;
  /** Executes the state machine. */
  work(run: Run): Promise<Ended>;
  /** Told when one ended, as EventBridge is. */
  onEnd(run: Run): void;
}

const nameIn = (arn: string): string => arn.slice(arn.lastIndexOf(":") + 1);

const ends = {
  SUCCEEDED: "ExecutionSucceeded",
  FAILED: "ExecutionFailed",
  ABORTED: "ExecutionAborted",
} as const;

/** What the history says of an event beside its type. */
const details = ({ type, state, error }: Omit<Run["events"][number], "at">): object => {
  if (error !== undefined) return { taskFailedEventDetails: { error } };
  if (state === undefined) return {};
  const name = type.endsWith("Entered") ? "stateEnteredEventDetails" : "stateExitedEventDetails";
  return { [name]: { name: state } };
};

/** Step Functions: executions by the names of their state machines and their own. */
export const openExecutions = ({ clock, work, onEnd }: MachineOrder) => {
  const runs = new Map<string, Run>();
  const named = ({ executionArn = "" }: { executionArn?: string }): Run => {
    const found = runs.get(executionArn.split(":").slice(-2).join(":"));
    if (found === undefined) throw serviceError("ExecutionDoesNotExist", executionArn);
    return found;
  };
  const finish = (run: Run, ended: Ended): void => {
    if (run.status !== "RUNNING") return;
    Object.assign(run, ended, { ended: clock.now() });
    run.events.push({ type: ends[ended.status], at: clock.now() });
    onEnd(run);
  };
  const about = ({ name, status, started, ended }: Run) => ({
    ...{ name, status, startDate: new Date(started) },
    ...(ended !== undefined && { stopDate: new Date(ended) }),
  });
  const operations = {
    StartExecution({ stateMachineArn = "", name = "", input = "" }: Record<string, string>) {
      const machine = nameIn(stateMachineArn);
      const before = runs.get(`${machine}:${name}`);
      if (before !== undefined && (before.status !== "RUNNING" || before.input !== input)) {
        throw serviceError("ExecutionAlreadyExists", name);
      }
      if (before === undefined) {
        const status = "RUNNING" as const;
        const stop = new AbortController();
        const run: Run = { machine, name, input, status, started: clock.now(), events: [], stop };
        runs.set(`${machine}:${name}`, run);
        void work(run).then((ended) => finish(run, ended));
      }
      return { executionArn: name };
    },
    DescribeExecution(input: { executionArn?: string }) {
      const run = named(input);
      const { output, error, cause } = run;
      return { ...about(run), output, error, cause };
    },
    StopExecution(input: { executionArn?: string; error?: string; cause?: string }) {
      const run = named(input);
      run.stop.abort();
      finish(run, { status: "ABORTED", error: input.error, cause: input.cause });
      return { stopDate: new Date(clock.now()) };
    },
    ListExecutions({ stateMachineArn = "", statusFilter, nextToken }: Record<string, string>) {
      const found = [...runs.values()].filter(
        ({ machine, status }) =>
          machine === nameIn(stateMachineArn) && status === (statusFilter ?? status),
      );
      const { items, next } = page(found.toReversed(), nextToken);
      return { executions: items.map(about), nextToken: next };
    },
    GetExecutionHistory(input: { executionArn?: string; nextToken?: string }) {
      const events = named(input).events.map(({ at, ...event }, index) => ({
        ...{ id: index + 1, timestamp: new Date(at), type: event.type },
        ...details(event),
      }));
      const { items, next } = page(events.toReversed(), input.nextToken);
      return { events: items, nextToken: next };
    },
  };
  return { runs, operations: operations as unknown as Operations };
};
