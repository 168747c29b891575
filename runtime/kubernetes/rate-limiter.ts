/** client-go's per-item limits: 5 ms, doubling, at most 1000 s. */
const firstMilliseconds = 5;
const maximumMilliseconds = 1_000_000;

/** client-go's overall limits of retries: ten a second, a hundred at once. */
const overallPerSecond = 10;
const overallBurst = 100;

export interface RetryLimiter {
  /** Milliseconds to wait before the retry that follows the key's `failures`-th failure in a row. */
  delayMilliseconds(failures: number, now: number): number;
}

/**
 * The larger of an exponential wait per item and a token bucket over all items, so that many failing items
 * together never become a stampede. @see k8s.io/client-go/util/workqueue DefaultTypedControllerRateLimiter
 */
export function makeRetryLimiter(): RetryLimiter {
  let tokens = overallBurst;
  let countedAt: number | undefined;
  return {
    delayMilliseconds: (failures, now) => {
      const elapsedSeconds = Math.max(0, now - (countedAt ?? now)) / 1000;
      countedAt = now;
      tokens = Math.min(overallBurst, tokens + elapsedSeconds * overallPerSecond) - 1;
      const bucketWait = tokens >= 0 ? 0 : (-tokens / overallPerSecond) * 1000;
      const itemWait = Math.min(firstMilliseconds * 2 ** Math.min(failures - 1, 40), maximumMilliseconds);
      return Math.max(bucketWait, itemWait);
    },
  };
}
