import { describe, expect, test } from "vitest";
import { matchOf } from "../../../core/vulnerabilities/matching.ts";
import { dpkgOrder } from "../../../core/versions/dpkg.ts";
import { semverOrder } from "../../../core/versions/semver.ts";

type Event = { introduced?: string; fixed?: string; last_affected?: string };

const ranges = (...events: Event[]) => ({ ranges: [{ type: "ECOSYSTEM", events }] });

describe("a version is affected", () => {
  test.each<[string, Event[], string, object | undefined]>([
    ["until it is fixed", [{ introduced: "0" }, { fixed: "2.0" }], "1.9", { fixed: "2.0" }],
    ["not when it is", [{ introduced: "0" }, { fixed: "2.0" }], "2.0", undefined],
    ["by what has no fix", [{ introduced: "0" }], "99", {}],
    ["not before it was introduced", [{ introduced: "1.5" }, { fixed: "2.0" }], "1.4", undefined],
    ["from then on", [{ introduced: "1.5" }, { fixed: "2.0" }], "1.5", { fixed: "2.0" }],
    ["by the last that is", [{ introduced: "0" }, { last_affected: "1.5" }], "1.5", {}],
    ["not after it", [{ introduced: "0" }, { last_affected: "1.5" }], "1.6", undefined],
    ["though it is earlier than 0", [{ introduced: "0" }, { fixed: "1" }], "0~rc1", { fixed: "1" }],
    [
      "in a second branch, and fixed there",
      [{ introduced: "2.0" }, { fixed: "2.3" }, { introduced: "0" }, { fixed: "1.2" }],
      ...(["2.1", { fixed: "2.3" }] as const),
    ],
    [
      "not between the branches",
      [{ introduced: "2.0" }, { fixed: "2.3" }, { introduced: "0" }, { fixed: "1.2" }],
      ...(["1.5", undefined] as const),
    ],
  ])("%s", (_, events, version, expected) => {
    expect(matchOf(ranges(...events), version, dpkgOrder)).toEqual(expected);
  });

  test("when it is listed, whatever the ranges say", () => {
    const entry = { ...ranges({ introduced: "0" }, { fixed: "1.0" }), versions: ["3.0"] };
    expect(matchOf(entry, "3.0", dpkgOrder)).toEqual({});
  });

  test("not by commits of its source", () => {
    const entry = { ranges: [{ type: "GIT", events: [{ introduced: "0" }] }] };
    expect(matchOf(entry, "1.0", semverOrder)).toBeUndefined();
    expect(matchOf(entry, "1.0")).toBeUndefined();
  });
});

describe("without an order", () => {
  const range = ranges({ introduced: "1" }, { fixed: "2" });

  test("the list tells", () => {
    const entry = { ...range, versions: ["1.0", "1.1"] };
    expect(matchOf(entry, "1.1")).toEqual({ fixed: "2" });
    expect(matchOf(entry, "1.2")).toBeUndefined();
  });

  test("nobody can say that a version is not affected where nothing is listed", () => {
    expect(matchOf(range, "9")).toEqual({ fixed: "2" });
    expect(matchOf({}, "9")).toBeUndefined();
  });
});
