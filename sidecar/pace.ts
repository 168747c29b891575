/** Seconds between two reports when nothing changes. */
const heartbeatSeconds = 5;

/** First and longest wait after a report that did not get through. Milliseconds. */
const firstBackoffMilliseconds = 250;
const maximumBackoffMilliseconds = 15_000;

/** Longest wait that a controller can ask for by Retry-After. Milliseconds. */
const maximumRetryAfterMilliseconds = 30_000;

/** Least rest between two tries of a slow probe, as a share of the interval, so that tries never run into each other. */
const leastRestRatio = 0.2;

/** Wait until a probe's next try, from the interval ±10 % less what the last try took. `random` is in 0..1. */
export function nextTryMilliseconds(intervalSeconds: number, tookMilliseconds: number, random: number): number {
  const interval = intervalSeconds * 1000;
  return Math.round(Math.max(interval * (0.9 + 0.2 * random) - tookMilliseconds, interval * leastRestRatio));
}

/** Wait until the next heartbeat: 5 s ±20 %, so that the agents of a rollout don't report in step. */
export function nextHeartbeatMilliseconds(random: number): number {
  return Math.round(heartbeatSeconds * 1000 * (0.8 + 0.4 * random));
}

/** Wait before the next attempt to send: doubling, the upper half jittered, never sooner than the controller asks. */
export function sendBackoffMilliseconds(
  failures: number,
  random: number,
  retryAfterSeconds: number | undefined,
): number {
  const ceiling = Math.min(firstBackoffMilliseconds * 2 ** Math.min(failures - 1, 20), maximumBackoffMilliseconds);
  const asked = Math.min((retryAfterSeconds ?? 0) * 1000, maximumRetryAfterMilliseconds);
  return Math.max(ceiling / 2 + (ceiling / 2) * random, asked);
}
