import type { Stay } from "../stay.ts";
import { latencies } from "./latencies.ts";
import { callsIn, type Poll, pollsIn } from "./polls.ts";
import { roadOf, stopsOf } from "./road.ts";
import { stays } from "./stays.ts";
import type { BakeTimes, StateTime } from "./times.ts";

/**
 * The times of a bake that ran, by the seconds that it was in each of its tasks: of a poll, how
 * often it looked by the state machine's own intervals. `definition` is the bake's ASL.
 */
export const measuredTimes = (
  definition: unknown,
  tasks: ReadonlyMap<string, number>,
): BakeTimes => {
  const polls = pollsIn(definition);
  const stops = stopsOf(roadOf(definition));
  const states = stops.flatMap(({ name: state, isTask }): StateTime[] => {
    const seconds = tasks.get(state);
    if (seconds === undefined) return [];
    const called = calledIn(polls.get(state), seconds, stays[state]);
    return [{ state, isTask, ...called, seconds, late: 0, work: [], isCritical: true }];
  });
  const seconds = [...tasks.values()].reduce((sum, one) => sum + one, 0);
  const others = stops.filter(({ isTask }) => !isTask).length;
  const transitions = states.reduce((sum, { attempts }) => sum + attempts, others) + 1;
  return { states, seconds, transitions };
};

/** How often a task that polls is called in so many seconds, and is at work; any other is once. */
const calledIn = (poll: Poll | undefined, seconds: number, stay: Stay | undefined) => {
  if (poll === undefined) return { attempts: 1, worked: seconds };
  const call = latencies.task.seconds;
  let [attempts, worked] = [0, 0];
  for (const { begins, gives } of callsIn({ ...poll, MaxAttempts: Infinity }, call, stay)) {
    if (attempts > 0 && begins + call > seconds) break;
    attempts += 1;
    worked += Math.min(gives, Math.max(seconds, call)) - begins;
  }
  return { attempts, worked };
};
