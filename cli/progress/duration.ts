import prettyMilliseconds from "pretty-ms";

/** A duration for people: `12ms`, `8.2s`, `1m 3s`. */
export const duration = (seconds: number): string => {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  return prettyMilliseconds(milliseconds, { secondsDecimalDigits: seconds < 60 ? 1 : 0 });
};

/** Time since a beginning, for the margin of a log: `  63.4s`. */
export const clock = (seconds: number): string => `${Math.max(0, seconds).toFixed(1)}s`.padStart(8);
