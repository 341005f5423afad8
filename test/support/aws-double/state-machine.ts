import { execute } from "../../../local/state-machine.ts";
import { definition, type State, states } from "../machine.ts";
import type { VirtualClock } from "./clock.ts";
import type { Ended, Run } from "./executions.ts";
import type { Functions } from "./functions.ts";
import type { Handlers } from "./handlers.ts";

type Tasks = Record<string, (event: never, context: never) => Promise<unknown>>;

/**
 * A task's function ends by itself when its seconds are over; to the interpreter the pause after a
 * failed try is part of the task (see below), and would be cut off. Without a limit it takes 60 s.
 */
const untimed = JSON.parse(JSON.stringify(definition), (key, value: unknown) =>
  key === "TimeoutSeconds" ? 86_400 : value,
) as typeof definition;

/** Runs the state machine; each task is a function of its own, with its own time. */
export const work = async (run: Run, handlers: Tasks): Promise<Ended> => {
  const execution = {
    ...{ definition: untimed, handlers, bake: run.name, input: JSON.parse(run.input) as object },
    signal: run.stop.signal,
    events(event: { event: string; state: string; at: number; status?: string }) {
      const { state, at } = event;
      if (event.event === "state-entered") run.events.push({ type: "TaskStateEntered", state, at });
      else if (event.status === "succeeded") {
        run.events.push({ type: "TaskStateExited", state, at });
      }
    },
  };
  try {
    const output = await execute(execution as never);
    return { status: "SUCCEEDED", output: JSON.stringify(output) };
  } catch (error) {
    const { error: name, message } = error as { error?: string; message: string };
    const cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
    return { status: "FAILED", error: name ?? "States.Runtime", cause };
  }
};

interface Pacing {
  all: Handlers["all"];
  functions: Functions;
  clock: VirtualClock;
}

/** Each task's function for one execution, whose history names the error of each failed try. */
export const paced = (run: Run, { all, functions, clock }: Pacing): Tasks =>
  Object.fromEntries(
    states
      .filter(({ type }) => type === "Task")
      .map((state) => {
        const seconds = Number(state.fields["TimeoutSeconds"]);
        const handler = all[state.name as keyof Handlers["all"]];
        const limited = functions.limited(state.name, handler, seconds);
        const failed = (error: string) =>
          void run.events.push({ type: "TaskFailed", at: clock.now(), error });
        const stopped = run.stop.signal;
        return [state.name, pacedBy(state, limited, { clock, failed, stopped })];
      }),
  );

interface Retry {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
}

interface Watch {
  clock: VirtualClock;
  failed(error: string): void;
  stopped: AbortSignal;
}

const forever = (): Promise<never> => new Promise(() => undefined);

/**
 * The interpreter's pauses are in real time, and none here: what it would wait before it calls a
 * task again, the task waits in virtual time.
 */
const pacedBy = (state: State, handler: Tasks[string], { clock, failed, stopped }: Watch) => {
  const tried = new Map<Retry, number>();
  const pauseAfter = (error: string): number => {
    const retries = (state.fields["Retry"] ?? []) as Retry[];
    const retry = retries.find(
      ({ ErrorEquals: names }) => names.includes(error) || names.includes("States.ALL"),
    );
    if (retry === undefined) return 0;
    const times = tried.get(retry) ?? 0;
    tried.set(retry, times + 1);
    const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retry;
    const pause = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** times);
    return retry.JitterStrategy === "FULL" ? Math.random() * pause : pause;
  };
  return async (event: never, context: never): Promise<unknown> => {
    try {
      return await handler?.(event, context);
    } catch (error) {
      const { name } = error as Error;
      failed(name);
      await clock.sleep(1000 * pauseAfter(name));
      if (stopped.aborted) return forever(); // the interpreter would go on with its retries
      throw error;
    }
  };
};
