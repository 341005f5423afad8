/** How two things follow each other, as `toSorted` takes it. */
export type Order = (one: string, other: string) => number;

/** Compares numbers of any length, written in digits; "" is zero. */
export const byNumber: Order = (one, other) => {
  const [a, b] = [one.replace(/^0+/, ""), other.replace(/^0+/, "")];
  return a.length === b.length ? byCode(a, b) : a.length - b.length;
};

/** Compares by the codes of characters, as strcmp(3) does. */
export const byCode: Order = (one, other) => {
  if (one === other) return 0;
  return one < other ? -1 : 1;
};
