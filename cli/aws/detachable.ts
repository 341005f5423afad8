import { Interrupted } from "../errors.ts";
import { outputBroken } from "../output.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that looks on at something elsewhere. A signal, or the end of the pipe it prints to,
 * ends the looking on and nothing else; `remark` says what goes on, and how to stop it.
 */
export const detachable = async <T>(
  remark: () => string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const away = new AbortController();
  const leave = (signal: NodeJS.Signals) => away.abort(signal);
  const onBroken = () => leave("SIGPIPE");
  for (const signal of signals) process.on(signal, leave);
  outputBroken.addEventListener("abort", onBroken);
  try {
    return await work(away.signal);
  } catch (error) {
    if (!away.signal.aborted) throw error;
    throw new Interrupted(away.signal.reason as NodeJS.Signals, remark(), { cause: error });
  } finally {
    outputBroken.removeEventListener("abort", onBroken);
    for (const signal of signals) process.off(signal, leave);
  }
};
