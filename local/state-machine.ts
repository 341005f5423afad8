import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import type { Happening } from "../core/bake-event.ts";
import { causeMessage } from "../core/cause-message.ts";
import { polls } from "../core/execution-events.ts";
import type { BakeId } from "../core/ids.ts";
import { ExecutionFailed } from "./execution-failed.ts";
import { asLambda } from "./lambda.ts";

type MiddyHandler = Parameters<typeof asLambda>[0];

export interface Execution {
  definition: StateMachineDefinition;
  /** Handlers by the names of their states. */
  handlers: Record<string, MiddyHandler>;
  bake: BakeId;
  input: { recipe: string; parameters: Record<string, string>; keep_builder: boolean };
  signal: AbortSignal;
  events(event: Happening): void;
}

/** Runs the state machine in this process. Throws ExecutionFailed. */
export const execute = async (execution: Execution): Promise<unknown> => {
  execution.signal.throwIfAborted(); // a signal tells of an abort only once
  // the definition is this project's own, and a test validates it; to do so takes a third of a second
  const machine = new StateMachine(execution.definition, {
    validationOptions: { noValidate: true },
  });
  const tasks = Object.entries(execution.handlers);
  // this interpreter does not say when a state was entered
  const last = { entered: new Date() };
  const State = Object.defineProperty({}, "EnteredTime", {
    enumerable: true,
    get: () => last.entered.toISOString(),
  });
  const run = machine.run(execution.input, {
    context: { Execution: { Name: execution.bake }, State },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        tasks.map(([state, handler]) => [state, asLambda(handler) as never]),
      ),
      // a local port waits for its own work, so no retry interval need be waited for
      retryIntervalOverrides: Object.fromEntries(tasks.map(([state]) => [state, 0])),
    },
  });
  execution.signal.addEventListener("abort", run.abort, { once: true });
  const told = tell(run.eventLogs, (event) => {
    if (event.event === "state-entered") last.entered = new Date(event.at);
    execution.events(event);
  });
  try {
    return await run.result;
  } catch (error) {
    throw asFailure(error);
  } finally {
    execution.signal.removeEventListener("abort", run.abort);
    await told;
  }
};

type Log =
  ReturnType<StateMachine["run"]>["eventLogs"] extends AsyncGenerator<infer Event> ? Event : never;

const tell = async (logs: AsyncGenerator<Log>, events: Execution["events"]): Promise<void> => {
  const entered = new Map<string, number>();
  for await (const log of logs) {
    if (!("state" in log) || log.state.type !== "Task") continue;
    const { name: state } = log.state;
    const at = log.timestamp;
    const seconds = (at - (entered.get(state) ?? at)) / 1000;
    if (log.type === "StateEntered") {
      entered.set(state, at);
      events({ event: "state-entered", at, state });
    } else if (log.type === "StateExited") {
      events({ event: "state-exited", at, state, status: "succeeded", seconds });
    } else if (log.type === "StateFailed" && !polls.has(log.Error)) {
      events({ event: "state-exited", at, state, status: "failed", seconds });
    }
  }
};

const asFailure = (error: unknown): Error => {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return error instanceof Error ? error : new Error(String(error));
  return new ExecutionFailed(cause.name, causeMessage(cause.message));
};
