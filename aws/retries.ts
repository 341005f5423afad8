/**
 * How every client retries: `adaptive` slows a client down before EC2's token buckets are empty,
 * and a throttled call is tried again after a random pause that grows: a few seconds in all. What
 * that is not enough for, the state's `Retry` waits for (aws/patient.ts).
 */
export const retries = { retryMode: "adaptive", maxAttempts: 7 } as const;

/**
 * Of a client that only polls: what it is not told now, it asks again anyway, later. So polls leave
 * EC2's tokens to calls that get something done.
 */
export const once = { maxAttempts: 1 } as const;
