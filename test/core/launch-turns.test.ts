import { describe, expect, test } from "vitest";
import { BakeId } from "../../core/ids.ts";
import { type LaunchTurns, takeTurn, type TurnWanted } from "../../core/launch-turns.ts";

const bake = (index: number) => BakeId.parse(`web-${index.toString(16).padStart(16, "0")}-1`);

const now = 1_000_000;
const wanted = (more: Partial<TurnWanted> = {}): TurnWanted => ({
  ...{ bake: bake(1), now, asked: now, rate: 2 },
  ...more,
});
const turns = (more: Partial<LaunchTurns> = {}): LaunchTurns => ({
  ...{ next: 0, asked: now, builders: [] },
  ...more,
});
const house = (bakes: BakeId[], most: number, at = now) => ({ house: { most, at, bakes } });

/** Turns of so many that ask at once, in milliseconds from now; undefined for who has to wait. */
const ofMany = (count: number, rate = 2): (number | undefined)[] => {
  let last: LaunchTurns | undefined;
  return Array.from({ length: count }, (_, index) => {
    const answer = takeTurn(last, wanted({ bake: bake(index), rate }));
    if (!("turn" in answer)) return undefined;
    last = answer.turns;
    return Math.max(0, answer.turn - now);
  });
};

describe("turns at starting machines", () => {
  test("are three at once, and then as many a second as EC2 lets be started", () => {
    expect(ofMany(6)).toEqual([0, 0, 0, 500, 1000, 1500]);
    expect(ofMany(5, 4)).toEqual([0, 0, 0, 250, 500]);
  });

  test("are given for no longer than a function can wait", () => {
    const all = ofMany(100);
    expect(all.filter((turn) => turn !== undefined).length).toBe(33);
    expect(Math.max(...all.map((turn = 0) => turn))).toBe(15_000);
  });

  test("are of those who asked first; who asked later takes what nobody came for", () => {
    const later = wanted({ asked: now + 600_000, now: now + 600_000 });
    const next = now + 600_000 + 10_000;
    expect(takeTurn(turns({ next }), later)).toEqual({ free: 10_000 });
    expect(takeTurn(turns({ next }), { ...later, asked: now + 50_000 })).toHaveProperty("turn");
    expect(takeTurn(turns({ next: next - 6000 }), later)).toHaveProperty("turn", next - 6000);
  });

  test("of builders are places, too, until a look shows who has one", () => {
    const full = takeTurn(turns(), wanted({ ...house([bake(2), bake(3)], 2) }));
    expect(full).toEqual({ full: [bake(2), bake(3)] });
    const builders = [{ bake: bake(3), turn: now - 20_000 }];
    expect(takeTurn(turns({ builders }), wanted({ ...house([bake(2)], 2) }))).toHaveProperty(
      "full",
    );
    const late = { ...house([bake(2)], 2, now + 15_000), now: now + 15_000 };
    expect(takeTurn(turns({ builders }), wanted(late))).toHaveProperty("turn");
  });

  test("of a bake that has a place need no other, and leave it one", () => {
    const builders = [{ bake: bake(1), turn: now - 1000 }];
    const again = takeTurn(turns({ builders }), wanted({ ...house([bake(2)], 2) }));
    expect(again).toMatchObject({ turns: { builders: [{ bake: bake(1), turn: now }] } });
  });

  test("of other machines leave builders their places, for as long as these count", () => {
    const builders = [
      { bake: bake(3), turn: now - 20_000 },
      { bake: bake(4), turn: now - 90_000 },
    ];
    const answer = takeTurn(turns({ builders }), wanted());
    expect(answer).toMatchObject({ turns: { builders: [{ bake: bake(3) }] } });
  });
});
