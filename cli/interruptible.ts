import { Interrupted } from "./errors.ts";
import { outputBroken, readerIsGone } from "./output.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that a signal, or the end of the pipe it prints to, asks to stop. The work gives back
 * what it holds before this throws Interrupted; further signals change nothing.
 */
export const interruptible = async <T>(
  say: (line: string) => void,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const stop = new AbortController();
  const stopBy = (signal: NodeJS.Signals) => {
    if (signal !== "SIGPIPE") {
      say(
        stop.signal.aborted ? "still releasing" : `${signal}: stopping, and releasing what is held`,
      );
    }
    stop.abort(signal);
  };
  const onBroken = () => stopBy(readerIsGone(outputBroken.reason) ? "SIGPIPE" : "SIGTERM");
  for (const signal of signals) process.on(signal, stopBy);
  outputBroken.addEventListener("abort", onBroken);
  try {
    return await work(stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? interrupted(stop.signal.reason, error) : error;
  } finally {
    outputBroken.removeEventListener("abort", onBroken);
    for (const signal of signals) process.off(signal, stopBy);
  }
};

const stops = new Set(["BakeStopped", "AbortError", "ParentFailed"]);

const interrupted = (signal: NodeJS.Signals, cause: unknown): Interrupted => {
  const causes: unknown[] = cause instanceof AggregateError ? cause.errors : [cause];
  // Whatever else came of it, a failed release say, is what the operator must know.
  const more = causes.flatMap((one) => {
    const isStop = one === signal || (one instanceof Error && stops.has(one.name));
    return isStop ? [] : [one instanceof Error ? one.message : String(one)];
  });
  return new Interrupted(signal, [`stopped by ${signal}`, ...more].join("; "), { cause });
};
