import { latencies } from "./latencies.ts";
import { type Poll, pollsIn } from "./polls.ts";
import { roadOf, stopsOf } from "./road.ts";
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
    const attempts = attemptsIn(polls.get(state), seconds);
    return [{ state, isTask, attempts, seconds, late: 0, work: [], isCritical: true }];
  });
  const seconds = [...tasks.values()].reduce((sum, one) => sum + one, 0);
  const others = stops.filter(({ isTask }) => !isTask).length;
  const transitions = states.reduce((sum, { attempts }) => sum + attempts, others) + 1;
  return { states, seconds, transitions };
};

/** How often a task that polls is called in so many seconds; any other is once. */
const attemptsIn = (poll: Poll | undefined, seconds: number): number => {
  if (poll === undefined) return 1;
  const call = latencies.task.seconds;
  let attempts = 1;
  let delay = poll.IntervalSeconds;
  for (let at = call; at + delay + call <= seconds; attempts++) {
    at += delay + call;
    delay = Math.min(delay * poll.BackoffRate, poll.MaxDelaySeconds);
  }
  return attempts;
};
