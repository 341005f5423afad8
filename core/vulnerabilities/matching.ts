import type { Order } from "../versions/parts.ts";
import type { OsvAffected, OsvRange } from "./osv-record.ts";

type Entry = Pick<OsvAffected, "ranges" | "versions">;

/** What an entry says of a version. */
export interface Match {
  /** The version in which it is fixed; absent when there is none. */
  fixed?: string;
}

/**
 * Whether a version is one of those that an entry lists, as the schema has it evaluated:
 * https://ossf.github.io/osv-schema/#evaluation. Without an order only the listed versions tell; an
 * entry that lists none then counts as affected, because nobody can say that it is not.
 */
export const matchOf = (entry: Entry, version: string, order?: Order): Match | undefined => {
  const ranges = (entry.ranges ?? []).filter(({ type }) => type !== "GIT");
  const isListed = entry.versions?.includes(version) === true;
  if (order === undefined) {
    const isOpen = (entry.versions ?? []).length === 0 && ranges.length > 0;
    return isListed || isOpen ? withFix(onlyFix(ranges)) : undefined;
  }
  const range = ranges.find((one) => isWithin(one, version, order));
  if (range === undefined && !isListed) return undefined;
  return withFix(firstFix(range === undefined ? ranges : [range], version, order));
};

const withFix = (fixed: string | undefined): Match => (fixed === undefined ? {} : { fixed });

const onlyFix = (ranges: readonly OsvRange[]): string | undefined => {
  const [fix, ...others] = fixesIn(ranges);
  return others.length === 0 ? fix : undefined;
};

const fixesIn = (ranges: readonly OsvRange[]): string[] =>
  ranges.flatMap(({ events }) =>
    events.flatMap(({ fixed }) => (fixed === undefined ? [] : [fixed])),
  );

/** The first fix after the version: an earlier one is of another branch. */
const firstFix = (ranges: readonly OsvRange[], version: string, order: Order): string | undefined =>
  fixesIn(ranges)
    .filter((fixed) => order(fixed, version) > 0)
    .toSorted(order)[0];

/** What has last happened at a version, of all events in their order. */
const isWithin = ({ events }: OsvRange, version: string, order: Order): boolean => {
  const points = events.flatMap((event) => {
    if (event.introduced !== undefined)
      return [{ at: event.introduced, begins: true, past: false }];
    if (event.fixed !== undefined) return [{ at: event.fixed, begins: false, past: false }];
    if (event.last_affected === undefined) return [];
    return [{ at: event.last_affected, begins: false, past: true }];
  });
  // "0" is before every version there is, whatever the order says
  const from = (one: string, other: string) => {
    if (one === "0" || other === "0") return Number(other === "0") - Number(one === "0");
    return order(one, other);
  };
  const sorted = points.toSorted((one, other) => from(one.at, other.at));
  const reached = sorted.filter(({ at, past }) => {
    if (at === "0") return true;
    return past ? order(version, at) > 0 : order(version, at) >= 0;
  });
  return reached.at(-1)?.begins === true;
};
