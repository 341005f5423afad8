/** MiB of every function: a whole processor, as with less imports take longer. */
export const functionMemory = 1769;
