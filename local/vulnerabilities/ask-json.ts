import { setTimeout } from "node:timers/promises";
import type * as z from "zod";
import { ScanImpossible } from "../../core/errors.ts";

export interface Asking {
  signal?: AbortSignal;
  /** Milliseconds before the first further try, each then twice as long; 500 when absent. */
  pause?: number;
}

/** Tries of one request, of which the last may come seven pauses after the first. */
const tries = 4;

/** Milliseconds until an answer is given up. */
const longest = 60_000;

/**
 * Gets JSON, or posts some and gets the answer. What may be better soon is tried again. Throws
 * ScanImpossible.
 */
export const askJson = async <T extends z.ZodType>(
  url: string,
  shape: T,
  { signal, pause = 500 }: Asking,
  body?: unknown,
): Promise<z.output<T>> => {
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const answer = await once(url, body, signal);
    if (answer.text !== undefined) return parsed(url, shape, answer.text);
    if (!answer.mayPass || attempt === tries) {
      throw new ScanImpossible(`${url} did not answer: ${answer.problem}`, { cause: answer.cause });
    }
    await setTimeout(pause * 2 ** (attempt - 1), undefined, { signal });
  }
};

type Answer =
  { text: string } | { text?: undefined; problem: string; mayPass: boolean; cause?: unknown };

const once = async (url: string, body: unknown, signal?: AbortSignal): Promise<Answer> => {
  const limit = AbortSignal.timeout(longest);
  try {
    const response = await fetch(url, {
      ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
      ...(body !== undefined && { headers: { "content-type": "application/json" } }),
      signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
    });
    const text = await response.text();
    if (response.ok) return { text };
    const { status } = response;
    return { problem: `status ${status}`, mayPass: status === 429 || status >= 500 };
  } catch (error) {
    signal?.throwIfAborted();
    return { problem: reasonOf(error), mayPass: true, cause: error };
  }
};

/** `fetch` says only that it failed; its cause says how. */
const reasonOf = (error: unknown): string => {
  const { cause, message } = error as Error;
  const { code } = (cause ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : message;
};

const parsed = <T extends z.ZodType>(url: string, shape: T, text: string): z.output<T> => {
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new ScanImpossible(`${url} answered in a form that is not OSV's`, { cause: error });
  }
};
