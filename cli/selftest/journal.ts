import type { BakeEvent } from "../../core/bake-event.ts";
import type { BakeId } from "../../core/ids.ts";

/** One thing that the selftest set out to show. */
export interface Proof {
  what: string;
  seconds: number;
  /** Why it is not so, in a sentence; absent when it is. */
  problem?: string;
}

/** How long a bake was in its states. */
export interface BakeTimes {
  bake: BakeId;
  /** Of the whole, from the execution's beginning. */
  seconds: number;
  /** Seconds by state, in the order in which they were left. */
  states: ReadonlyMap<string, number>;
}

/** What was found out so far. */
export interface Findings {
  proofs: Proof[];
  bakes: BakeTimes[];
}

/** Writes down what is proven and what is not. */
export interface Journal extends Findings {
  /**
   * Undefined when it could not be shown: that is then written down, and the selftest goes on.
   * Throws only when the selftest was told to stop; what is done `always`, is done then, too.
   */
  prove<T>(what: string, work: () => Promise<T>, when?: "always"): Promise<T | undefined>;
  /** Takes note of the times of a bake. */
  time(event: BakeEvent): void;
}

export const openJournal = (signal: AbortSignal, say: (line: string) => void): Journal => {
  const proofs: Proof[] = [];
  const bakes: BakeTimes[] = [];
  const states = new Map<BakeId, Map<string, number>>();
  return {
    ...{ proofs, bakes },
    async prove(what, work, when) {
      if (when !== "always") signal.throwIfAborted();
      say(`selftest: ${what}`);
      const began = Date.now();
      const seconds = () => (Date.now() - began) / 1000;
      try {
        const value = await work();
        proofs.push({ what, seconds: seconds() });
        return value;
      } catch (error) {
        if (signal.aborted && when !== "always") throw error;
        const problem = error instanceof Error ? error.message : String(error);
        proofs.push({ what, seconds: seconds(), problem });
        say(`selftest: not so: ${problem}`);
        return undefined;
      }
    },
    time(event) {
      if (event.event === "state-exited") {
        const own = states.get(event.bake) ?? new Map<string, number>();
        states.set(event.bake, own.set(event.state, (own.get(event.state) ?? 0) + event.seconds));
      } else if (event.event === "bake-finished") {
        const { bake, seconds } = event;
        bakes.push({ bake, seconds, states: states.get(bake) ?? new Map() });
      }
    },
  };
};
