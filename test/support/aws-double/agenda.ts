/** Who is to be woken when; the soonest first. */
export interface Agenda {
  add(at: number, wake: () => void): void;
  /** All of the soonest moment, which are then no longer in it. */
  next(): { at: number; wakes: readonly (() => void)[] } | undefined;
}

/** A heap of moments, each with those who wait for it. */
export const openAgenda = (): Agenda => {
  const wakes = new Map<number, (() => void)[]>();
  const heap: number[] = [];
  return {
    add(at, wake) {
      const there = wakes.get(at);
      if (there !== undefined) return void there.push(wake);
      wakes.set(at, [wake]);
      rise(heap, heap.push(at) - 1);
    },
    next() {
      const [at] = heap;
      if (at === undefined) return undefined;
      const last = heap.pop() ?? at;
      if (heap.length > 0) sink(heap, last);
      const due = wakes.get(at) ?? [];
      wakes.delete(at);
      return { at, wakes: due };
    },
  };
};

const at = (heap: readonly number[], index: number): number => heap[index] ?? Infinity;

/** Moves what is at the index up to where it belongs. */
const rise = (heap: number[], from: number): void => {
  const moved = at(heap, from);
  let index = from;
  for (let parent = (index - 1) >> 1; index > 0 && at(heap, parent) > moved;) {
    heap[index] = at(heap, parent);
    index = parent;
    parent = (index - 1) >> 1;
  }
  heap[index] = moved;
};

/** Puts it at the top, and down to where it belongs. */
const sink = (heap: number[], moved: number): void => {
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    const child = at(heap, left + 1) < at(heap, left) ? left + 1 : left;
    if (at(heap, child) >= moved) break;
    heap[index] = at(heap, child);
    index = child;
  }
  heap[index] = moved;
};
