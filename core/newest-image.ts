import { compareDrops, type Dropped, dropPlace } from "./drop.ts";

/** What says which of a recipe's images is the newest. */
export interface Dated {
  imageId: string;
  /** ISO 8601, when it was registered; what cannot be read as a time is older than any. */
  created: string;
  /** Of its drop: `dropMark`'s. */
  mark?: string | undefined;
}

/**
 * A drop in at most 100 characters, all of which EC2 and Systems Manager take in tags and
 * descriptions: its time, its sequencer, and the hash of its bucket and key.
 */
export const dropMark = (drop: Dropped): string =>
  [drop.at, drop.sequencer, dropPlace(drop)].join(" ");

/** What compareDrops needs of a drop: those of one place have one key. */
const dropOf = (mark: string): Dropped => {
  const [at = "", sequencer = "", key = ""] = mark.split(" ");
  return { bucket: "", key, sequencer, at };
};

/**
 * The image of the newest drop, whichever bake finished first; of one drop's, the one that was
 * registered last. Of each key the newest version counts, by S3's sequencers, and of these the
 * newest by its time: so the answer depends on nothing but which images there are. An image that
 * no drop began counts by itself, from when it was registered.
 */
export const newestImage = <Image extends Dated>(images: readonly Image[]): Image | undefined => {
  const places = Map.groupBy(images, ({ imageId, mark }) =>
    mark === undefined ? imageId : dropOf(mark).key,
  );
  const newest = [...places.values()].map((ones) => ones.reduce(later(byVersion)));
  return newest.length === 0 ? undefined : newest.reduce(later(byTime));
};

type Order = (one: Dated, other: Dated) => number;

const later =
  (order: Order) =>
  <Image extends Dated>(one: Image, other: Image): Image =>
    order(one, other) >= 0 ? one : other;

const byVersion: Order = (one, other) =>
  (one.mark === undefined || other.mark === undefined
    ? 0
    : compareDrops(dropOf(one.mark), dropOf(other.mark))) || byRegistration(one, other);

const byTime: Order = (one, other) =>
  timeOf(one) - timeOf(other) ||
  compare(one.mark ?? "", other.mark ?? "") ||
  byRegistration(one, other);

const byRegistration: Order = (one, other) =>
  compare(one.created, other.created) || compare(one.imageId, other.imageId);

const timeOf = ({ created, mark }: Dated): number => {
  const time = Date.parse(mark === undefined ? created : dropOf(mark).at);
  return Number.isNaN(time) ? 0 : time;
};

const compare = (one: string, other: string): number => (one === other ? 0 : one > other ? 1 : -1);
