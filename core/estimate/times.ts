import { latencies } from "./latencies.ts";
import { pollsIn, pollUntil, type Polled } from "./polls.ts";
import { roadOf, type Stop, stopsOf } from "./road.ts";
import { stays } from "./stays.ts";
import { type Foreseen, type Work, workOf } from "./work.ts";

/** A state's share in a bake that nothing happens to. */
export interface StateTime extends Polled {
  state: string;
  isTask: boolean;
  /** What it waits for. */
  work: Work[];
  /** Whether the bake's end waits for it: not for what is done beside something longer. */
  isCritical: boolean;
}

export interface BakeTimes {
  /** In the order of the state machine. */
  states: StateTime[];
  /** From the execution's start to its end. */
  seconds: number;
  /** State transitions that Step Functions counts: retries among them, and the end. */
  transitions: number;
}

type Look = (stop: Stop) => StateTime;

/** How long a bake takes by `latencies` and the state machine's own intervals between polls. */
export const timesOf = (definition: unknown, foreseen: Foreseen): BakeTimes => {
  const road = roadOf(definition);
  const polls = pollsIn(definition);
  const works = workOf(foreseen);
  const critical = new Set<string>();
  const look: Look = ({ name: state, isTask }) => {
    const work = works[state] ?? [];
    const ready = work.reduce((sum, { seconds }) => sum + seconds, 0);
    const call = isTask ? latencies.task.seconds : 0;
    const polled = pollUntil(polls.get(state), ready, call, stays[state]);
    const start = latencies.transition.seconds + (isTask ? latencies.coldFunction.seconds : 0);
    const isCritical = critical.has(state);
    return { ...polled, state, isTask, work, seconds: polled.seconds + start, isCritical };
  };
  const seconds = secondsOf(road, look, critical);
  const states = stopsOf(road).map(look);
  const transitions = states.reduce((sum, { attempts }) => sum + attempts, 0) + 1;
  return { states, seconds, transitions };
};

/** Of branches the longest counts; `critical` is told the states that do. */
const secondsOf = (road: readonly Stop[], look: Look, critical: Set<string>): number => {
  let sum = 0;
  for (const stop of road) {
    critical.add(stop.name);
    const branches = stop.branches.map((branch) => {
      const own = new Set<string>();
      return { seconds: secondsOf(branch, look, own), own };
    });
    const [longest] = branches.toSorted((one, other) => other.seconds - one.seconds);
    longest?.own.forEach((name) => critical.add(name));
    sum += look(stop).seconds + (longest?.seconds ?? 0);
  }
  return sum;
};
