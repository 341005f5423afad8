import type { State } from "../machine.ts";

/** What comes on top of the functions' own work. */
export interface Overheads {
  /** Milliseconds from the end of one state, or of a retry's pause, until the next one's function is called. */
  transition?: number;
  /** Milliseconds that a function's first call takes longer. */
  cold?: (state: string) => number;
}

interface Retry {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: "FULL" | "NONE";
}

type Handler = (event: unknown, context: never) => unknown;

/** Milliseconds in which a task's function must have answered. */
const timeoutOf = (state: State | undefined): number =>
  1000 * Number(state?.fields["TimeoutSeconds"] ?? 60);

/**
 * A task at the pace of Step Functions and Lambda in virtual time: the interpreter's own pauses are
 * in real time, and none here. What it would wait before it calls a task again, the task waits; and
 * a function that takes longer than its state allows is no longer listened to, as with Lambda.
 */
export const pacedBy = (
  state: State | undefined,
  handler: unknown,
  sleep: (ms: number) => Promise<void>,
  { transition = 0, cold = () => 0 }: Overheads,
) => {
  const retried = new Map<string, number>();
  let isWarm = false;
  return async (event: { bake?: string }, context: never): Promise<unknown> => {
    const bake = event.bake ?? JSON.stringify(event);
    const wait = transition + (isWarm ? 0 : cold(state?.name ?? ""));
    isWarm = true;
    if (wait > 0) await sleep(wait);
    try {
      const answer = await inTime(
        async () => (handler as Handler)(event, context),
        timeoutOf(state),
        sleep,
      );
      for (const key of retried.keys()) if (key.startsWith(`${bake} `)) retried.delete(key);
      return answer;
    } catch (error) {
      await sleep(1000 * pauseAfter(state, (error as Error).name, bake, retried));
      throw error;
    }
  };
};

const inTime = async <Result>(
  work: () => Promise<Result>,
  milliseconds: number,
  sleep: (ms: number) => Promise<void>,
): Promise<Result> => {
  const late = sleep(milliseconds).then(() => {
    throw Object.assign(new Error("the function took too long"), { name: "States.Timeout" });
  });
  late.catch(() => undefined);
  return Promise.race([work(), late]);
};

/** Seconds; of an error that is not retried, none. */
const pauseAfter = (
  state: State | undefined,
  error: string,
  bake: string,
  retried: Map<string, number>,
): number => {
  const retries = (state?.fields["Retry"] ?? []) as Retry[];
  const index = retries.findIndex(({ ErrorEquals }) =>
    ErrorEquals.some((name) => name === error || name === "States.ALL"),
  );
  const retry = retries[index];
  if (retry === undefined) return 0;
  const key = `${bake} ${index}`;
  const times = retried.get(key) ?? 0;
  retried.set(key, times + 1);
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Infinity } = retry;
  const pause = Math.min(MaxDelaySeconds, IntervalSeconds * BackoffRate ** times);
  return retry.JitterStrategy === "FULL" ? Math.random() * pause : pause;
};
