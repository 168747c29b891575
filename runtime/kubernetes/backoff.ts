export interface BackoffShape {
  readonly firstMilliseconds: number;
  readonly maximumMilliseconds: number;
}

/**
 * Waits between failed lists and watches. client-go goes up to 30 s; here each second of it is a second in which a
 * failing pod is not seen, and one process with a handful of watches is no stampede at a third of that.
 */
export const reflectorBackoff: BackoffShape = { firstMilliseconds: 800, maximumMilliseconds: 10_000 };

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
