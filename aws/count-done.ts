/**
 * Does it to each, also when it fails for one of them, and says for how many it was done. The
 * first error is thrown in the end.
 */
export const countDone = async <T>(
  items: readonly T[],
  act: (item: T) => Promise<boolean>,
): Promise<number> => {
  const ends = await Promise.allSettled(items.map(act));
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return ends.filter((end) => end.status === "fulfilled" && end.value).length;
};
