import { AsyncLocalStorage } from "node:async_hooks";
import type { Clock } from "./clock.ts";

/** A function that is at work. */
interface Invocation {
  name: string;
  isDead: boolean;
  die(error: Error): void;
}

/** Has a function die in its midst: after that call of all of its calls took effect. */
export interface Kill {
  /** The function's, which is its state's. */
  name: string;
  /** Of all its calls, or of those of `of`; counts from 1, over all times that it is called. */
  call: number;
  /** An operation of AWS: others are not counted, as how often a function polls is chance. */
  of?: string;
  /** As Lambda tells it: `Runtime.ExitError`, `Sandbox.Timedout`, `Lambda.Unknown`. */
  error: string;
  /** Whether it dies again at each call after that one; once when absent. */
  always?: boolean;
}

type Handler = (event: never, context: never) => unknown;

/** Functions as Lambda runs them: each has its time, and what it asks of AWS after its end is lost. */
export const openFunctions = (clock: Clock) => {
  const current = new AsyncLocalStorage<Invocation>();
  const calls: { by: string; call: string }[] = [];
  /** Milliseconds of the longest that any of them was at work. */
  const longest = { time: 0 };
  let kill: Kill | undefined;
  const meet = (invocation: Invocation): boolean => {
    if (kill === undefined || kill.name !== invocation.name) return false;
    const { of } = kill;
    const ours = calls.filter(({ by }) => by === invocation.name);
    const made = ours.filter(({ call }) => call === (of ?? call)).length;
    if (made < kill.call) return false;
    const { error, always } = kill;
    if (always !== true) kill = undefined;
    invocation.die(named(error, "RequestId: 00000000 Error: Runtime exited with error"));
    return true;
  };
  return {
    ...{ calls, longest },
    /** The function that is at work where this is asked, if one is. */
    atWork: () => current.getStore()?.name,
    kill: (order: Kill) => void (kill = order),
    /** Whether the planned kill came. */
    isKilled: () => kill === undefined,
    /** What AWS does for a call: nothing any more for a function that is dead. */
    async around<Answer>(call: string, effect: () => Promise<Answer>): Promise<Answer> {
      const invocation = current.getStore();
      if (invocation === undefined) return effect();
      if (invocation.isDead) return forever();
      const answer = await effect();
      calls.push({ by: invocation.name, call });
      return meet(invocation) ? forever() : answer;
    },
    /** A handler that dies when its seconds are over. */
    limited:
      (name: string, handler: unknown, seconds: number) => async (event: never, context: never) => {
        const { promise: death, reject } = Promise.withResolvers<never>();
        const die = (error: Error): void => {
          invocation.isDead = true;
          reject(error);
        };
        const invocation: Invocation = { name, isDead: false, die };
        const began = clock.now();
        const left = () => Math.max(0, began + 1000 * seconds - clock.now());
        const about = { ...(context as object), getRemainingTimeInMillis: left } as never;
        const work = current.run(invocation, async () => (handler as Handler)(event, about));
        const answered = { yes: false };
        const limit = async (): Promise<void> => {
          await clock.sleep(1000 * seconds);
          const text = `RequestId: 00000000 Error: Task timed out after ${seconds}.00 seconds`;
          if (!answered.yes && !invocation.isDead) die(named("Sandbox.Timedout", text));
        };
        void limit();
        try {
          return await Promise.race([work, death]);
        } finally {
          answered.yes = true;
          invocation.isDead = true; // Lambda stops what is at work beside the answer
          longest.time = Math.max(longest.time, clock.now() - began);
        }
      },
  };
};
export type Functions = ReturnType<typeof openFunctions>;

const forever = <Answer>(): Promise<Answer> => new Promise(() => undefined);

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });
