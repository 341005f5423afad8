import prettyMilliseconds from "pretty-ms";

/** A duration for people: `12ms`, `8.2s`, `1m 3s`. */
export const durationText = (seconds: number): string => {
  const milliseconds = Math.max(0, Math.round(seconds * 1000));
  return prettyMilliseconds(milliseconds, { secondsDecimalDigits: seconds < 60 ? 1 : 0 });
};
