import * as z from "zod";
import { BakeId } from "./ids.ts";

/*
 * EC2 lets an account start so many machines a second, whoever asks. Who wants to start one takes a
 * turn first: a moment of its own, so that few are refused and none is let go by.
 */

/** The turns of a stage that were taken. Moments are milliseconds since the epoch. */
export const LaunchTurns = z.strictObject({
  /** When the next turn is. */
  next: z.number(),
  /** When who took the last one had asked first. */
  asked: z.number(),
  /** Bakes that took one for a builder of late, and when it was. */
  builders: z.array(z.strictObject({ bake: BakeId, turn: z.number() })),
});
export type LaunchTurns = z.infer<typeof LaunchTurns>;

export interface TurnWanted {
  bake: BakeId;
  /** Now, and when the bake first asked for that machine. */
  now: number;
  asked: number;
  /** Machines a second. */
  rate: number;
  /** Of a builder: how many there may be, and what a look at them showed. */
  house?: { most: number; at: number; bakes: readonly BakeId[] };
}

export type TurnAnswer =
  /** When it is, and the turns as they are then. */
  | { turn: number; turns: LaunchTurns; room: number }
  /** Bakes that have a builder, as many as may have one. */
  | { full: readonly BakeId[] }
  /** Milliseconds until a turn is free; others asked before. */
  | { free: number };

/** How many may start at once: EC2 lets five, and two are left for who is not punctual. */
const burst = 3;

/** Milliseconds of which a function may sleep for a turn. */
const longest = 15_000;

/** Milliseconds of what would be let go by: it is for whoever comes. */
const leftOver = 5000;

/** Milliseconds between two who asked at the same time, as good as. */
const together = 60_000;

/** Milliseconds after its turn in which a machine is started, and seen by searches. */
const unseen = 30_000;

/**
 * The next turn. It is for those who asked first: who asked later than the last that got one takes
 * a turn only that is at hand, and that nobody came for. A builder's is also a place among the
 * builders, which its bake has from then on.
 */
export const takeTurn = (turns: LaunchTurns | undefined, wanted: TurnWanted): TurnAnswer => {
  const { bake, now, asked, rate, house } = wanted;
  const last = turns ?? { next: 0, asked, builders: [] };
  const builders = last.builders.filter(({ turn }) => turn + unseen > (house?.at ?? now - unseen));
  const inside = new Set([...(house?.bakes ?? []), ...builders.map((one) => one.bake)]);
  const room = (house?.most ?? Infinity) - inside.size;
  if (room <= 0 && !inside.has(bake)) return { full: [...inside] };
  const interval = 1000 / rate;
  const turn = Math.max(last.next, now - (burst - 1) * interval);
  const isFirst = asked <= last.asked + together;
  if (turn - now > (isFirst ? longest : leftOver)) return { free: turn - now };
  const mine = house === undefined ? [] : [{ bake, turn: Math.max(turn, now) }];
  const others = builders.filter((one) => one.bake !== bake || mine.length === 0);
  return {
    ...{ turn, room },
    turns: { next: turn + interval, asked, builders: [...others, ...mine] },
  };
};
