/**
 * How a function stays and asks again by itself, where it would else fail so that its state calls
 * it once more. Milliseconds.
 */
export interface Stay {
  /** Between two looks. */
  pause: number;
  /** That it stays at most: a task's function has 60 s. */
  most: number;
  /** Of what has taken longer than this, its state's polls ask, whose pauses grow. */
  young: number;
}

/**
 * A second of a function that stays, of 512 MiB, costs a quarter of the transition that its state's
 * poll would be; a poll in two minutes costs a twentieth of staying. Where the last of a minute is
 * kept free, a look has the time that the SDK's retries take.
 */
export const usualStay: Stay = { pause: 1000, most: 45_000, young: 300_000 };

/** Where a function asks once, and leaves the rest to its state. */
export const noStay: Stay = { pause: 0, most: 0, young: 0 };
