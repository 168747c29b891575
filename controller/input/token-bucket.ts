export interface BucketShape {
  readonly perSecond: number;
  readonly burst: number;
}

/** Limits how often each of many callers may do something. */
export interface TokenBuckets {
  /** Takes a token of this caller; false when it has none left. */
  take(caller: string, now: number): boolean;
}

/**
 * One bucket per caller, at most `maximumCallers` at a time. When there are more the longest idle one is forgotten,
 * which gives it its burst back and never memory without bound.
 */
export function makeTokenBuckets(shape: BucketShape, maximumCallers: number): TokenBuckets {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return {
    take: (caller, now) => {
      const known = buckets.get(caller) ?? { tokens: shape.burst, at: now };
      const refilled = known.tokens + (Math.max(0, now - known.at) / 1000) * shape.perSecond;
      const tokens = Math.min(shape.burst, refilled);
      buckets.delete(caller);
      if (buckets.size >= maximumCallers) {
        const [oldest] = buckets.keys();
        if (oldest !== undefined) buckets.delete(oldest);
      }
      buckets.set(caller, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
      return tokens >= 1;
    },
  };
}
