import { setTimeout as sleep } from "node:timers/promises";
import type { BakeId } from "../../core/ids.ts";
import { LaunchTurns, takeTurn } from "../../core/launch-turns.ts";
import { readRecord, swapRecord } from "../json-record.ts";
import type { Bucket } from "../objects.ts";
import type { Stage } from "../stage.ts";
import type { Look } from "../shared-look.ts";

/** A stage's own, though EC2 counts by account: who is refused for another stage asks again. */
const key = "looks/launches.json";

export interface TurnsWorld extends Bucket {
  stage: Bucket["stage"] & Pick<Stage, "builders">;
}

export interface TurnOrder {
  bake: BakeId;
  /** When the bake first asked for the machine: milliseconds since the epoch. */
  asked: number;
  /** Of a builder: the bakes that have one, by a look at EC2. */
  house?: Look<readonly BakeId[]>;
}

/** When the turn is, in milliseconds since the epoch; or who has the places, or what it waits for. */
export type Turn = { at: number } | { full: readonly BakeId[] } | { waitsFor: string };

/** How often, and after how many milliseconds at most, a turn is asked for again that another took. */
const tries = { most: 8, pause: 400 };

/**
 * A moment of its own at which the bake may start a machine, within seconds; with a builder's it
 * has a place among the builders. Many may ask at once: S3 lets one after the other have its way.
 */
export const reserveTurn = async (
  aws: TurnsWorld,
  { bake, asked, house }: TurnOrder,
): Promise<Turn> => {
  const { most, launches: rate } = aws.stage.builders;
  for (let tried = 0; tried < tries.most; tried++) {
    if (tried > 0) await sleep(Math.random() * tries.pause);
    const seen = await readRecord(aws, key, LaunchTurns);
    const places = house && { most, at: house.at, bakes: house.sight };
    const wanted = { bake, asked, rate, now: Date.now(), ...(places && { house: places }) };
    const answer = takeTurn(seen.value, wanted);
    if ("full" in answer) return answer;
    if ("free" in answer) return { waitsFor: othersFirst(answer.free) };
    if (await swapRecord(aws, key, seen, answer.turns)) return { at: answer.turn };
  }
  return { waitsFor: "a turn to start it, which many ask for at this moment" };
};

const othersFirst = (milliseconds: number): string =>
  `a turn to start it: EC2 lets few be started a second, and those of the next ${Math.ceil(milliseconds / 1000)} s are others'`;

/** Until it is its turn. */
export const untilTurn = async (at: number): Promise<void> => {
  const wait = at - Date.now();
  if (wait > 0) await sleep(wait);
};
