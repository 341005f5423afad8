/** Whether it is one of AWS's errors of these names, which the SDK has from the answer's code. */
export const isNamed = (error: unknown, ...names: readonly string[]): boolean =>
  error instanceof Error && names.includes(error.name);
