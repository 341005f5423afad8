import { setTimeout as sleep } from "node:timers/promises";

/**
 * Answers for work that outlasts one call of its task, as Lambda would have to: the first call
 * starts it, and each call waits a slice for it, then throws `pending`.
 */
export class Polled<Key, Result> {
  readonly #work = new Map<Key, Promise<Result>>();
  readonly #slice: number;

  /** `slice` is in milliseconds; it must be shorter than the state's TimeoutSeconds. */
  constructor(slice = 20_000) {
    this.#slice = slice;
  }

  /** The next call starts the work anew. */
  forget(key: Key): void {
    this.#work.delete(key);
  }

  async answer(key: Key, start: () => Promise<Result>, pending: () => Error): Promise<Result> {
    let work = this.#work.get(key);
    if (work === undefined) {
      work = start();
      work.catch(() => undefined); // whoever polls next hears of it
      this.#work.set(key, work);
    }
    const waiting = new AbortController();
    const late = sleep(this.#slice, undefined, { signal: waiting.signal }).then(() => {
      throw pending();
    });
    late.catch(() => undefined);
    try {
      return await Promise.race([work, late]);
    } finally {
      waiting.abort();
    }
  }
}
