/**
 * How every client retries: `adaptive` slows a client down before EC2's token buckets are empty,
 * and a throttled call is tried again after a random pause that grows. What a function's own time
 * cannot wait for, the state's `Retry` does.
 */
export const retries = { retryMode: "adaptive", maxAttempts: 8 } as const;
