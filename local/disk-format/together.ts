/**
 * Does works at once, and answers what they answer. When one fails, the others are told to stop;
 * this throws that one's error when all have ended.
 */
export const together = async <T extends readonly unknown[]>(
  signal: AbortSignal,
  ...works: { [K in keyof T]: (signal: AbortSignal) => Promise<T[K]> }
): Promise<T> => {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  let first: { error: unknown } | undefined;
  const results = await Promise.all(
    works.map(async (work: (signal: AbortSignal) => Promise<unknown>) => {
      try {
        return await work(either);
      } catch (error) {
        first ??= { error };
        failed.abort(error);
        return undefined;
      }
    }),
  );
  if (first !== undefined) throw first.error;
  return results as unknown as T;
};
