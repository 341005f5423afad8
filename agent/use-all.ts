/**
 * Waits for all that are being opened, and has the scope hold them: where one fails, the others end
 * with the scope. Throws what the first of those threw that failed.
 */
export const useAll = async <T extends AsyncDisposable[]>(
  scope: AsyncDisposableStack,
  opening: { [Index in keyof T]: Promise<T[Index]> },
): Promise<T> => {
  const settled = await Promise.allSettled(opening as Promise<AsyncDisposable>[]);
  for (const one of settled) if (one.status === "fulfilled") scope.use(one.value);
  const opened = settled.map((one) => {
    if (one.status === "rejected") throw one.reason;
    return one.value;
  });
  return opened as T;
};
