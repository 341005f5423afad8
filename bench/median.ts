/** The middle of some numbers. */
export const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
};

/** What ran beside what, as `12.3 s ÷ 11.9 s = 1.03`. */
export const ratio = (ours: readonly number[], theirs: readonly number[], digits = 1): string => {
  const [a, b] = [median(ours), median(theirs)];
  return `${a.toFixed(digits)} s ÷ ${b.toFixed(digits)} s = ${(a / b).toFixed(2)}`;
};
