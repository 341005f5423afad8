/** MiB of every function: a whole processor, as with less imports take longer. */
export const functionMemory = 1769;

/** MiB of a function that mostly waits: less than a third of the price, and of the processor. */
const waiting = 512;

const others: Readonly<Record<string, number>> = {
  // an inventory's text may be half a GiB
  CheckProvenance: 3008,
  RunAgent: waiting,
  AwaitSnapshot: waiting,
};

/** MiB of the function of that name. */
export const memoryOf = (name: string): number => others[name] ?? functionMemory;
