export interface BackoffShape {
  readonly firstMilliseconds: number;
  readonly maximumMilliseconds: number;
}

/** client-go's reflector waits 0.8 s … 30 s between failed lists and watches. */
export const reflectorBackoff: BackoffShape = { firstMilliseconds: 800, maximumMilliseconds: 30_000 };

/**
 * Wait before retry number `failures` (1 is the first): doubling, the upper half jittered, never below what the
 * server asked for. `random` is in [0, 1).
 */
export function backoffMilliseconds(
  shape: BackoffShape,
  failures: number,
  random: number,
  retryAfterSeconds = 0,
): number {
  const ceiling = Math.min(shape.firstMilliseconds * 2 ** Math.min(failures - 1, 40), shape.maximumMilliseconds);
  return Math.max(ceiling / 2 + (ceiling / 2) * random, retryAfterSeconds * 1000);
}
