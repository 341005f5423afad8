import prettyBytes from "pretty-bytes";
import { UnusableArchive } from "../errors.ts";

/** What a bundle may come to. */
export interface Limits {
  /** Bytes of all files together; a hard link counts as the file it names. */
  bytes: number;
  entries: number;
  /** How many times its own size an archive may unpack to, once that is more than `freely`. */
  ratio: number;
  freely: number;
}

/**
 * A bundle is a recipe with the files it uses. Deflate makes at most 1032 times as much of its
 * input; texts of programs come to 3 to 20, and logs to 100.
 */
export const usualLimits: Limits = {
  bytes: 4 * 1024 ** 3,
  entries: 100_000,
  ratio: 200,
  freely: 64 * 1024 ** 2,
};

/** Counts what comes out of an archive. Throws UnusableArchive where it is too much. */
export class Budget {
  readonly #size: number;
  readonly #limits: Limits;
  #bytes = 0;
  #entries = 0;

  /** `size` is the archive's own, in bytes. */
  constructor(size: number, limits: Limits) {
    this.#size = size;
    this.#limits = limits;
  }

  /** One more entry. */
  count(): void {
    const { entries } = this.#limits;
    this.#entries += 1;
    if (this.#entries > entries) throw this.#tooMuch(`more than ${entries} files and folders`);
  }

  /** A file of so many bytes; called before any of them is written. */
  take(size: number): void {
    const { bytes } = this.#limits;
    this.#bytes += size;
    if (this.#bytes > bytes) throw this.#tooMuch(`more than ${prettyBytes(bytes)}`);
    this.assertRatio(this.#bytes);
  }

  /** So many bytes have come of it in all, whatever they are. */
  assertRatio(unpacked: number): void {
    const { ratio, freely } = this.#limits;
    if (unpacked <= freely || unpacked <= ratio * this.#size) return;
    throw this.#tooMuch(`more than ${ratio} times its own size`);
  }

  #tooMuch(what: string): UnusableArchive {
    return new UnusableArchive(
      `it unpacks to ${what}, which no bundle may: leave out what the recipe does not use, and fetch large files as assets`,
    );
  }
}
