import { setTimeout as delay } from 'node:timers/promises';
import { AutopilotError } from '#runtime/errors.ts';

/**
 * Asks again and again until `probe` gives a value.
 *
 * @throws AutopilotError AP_CLUSTER_NOT_READY with `what` and the last answer once the deadline has passed.
 */
export async function waitFor<Value>(
  what: string,
  probe: () => Promise<Value | undefined>,
  { timeoutSeconds, everyMilliseconds = 100 }: { readonly timeoutSeconds: number; readonly everyMilliseconds?: number },
): Promise<Value> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let last: unknown;
  do {
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await delay(everyMilliseconds);
  } while (performance.now() < deadline);
  throw new AutopilotError('AP_CLUSTER_NOT_READY', `${what} did not happen within ${timeoutSeconds} s`, {
    cause: last,
  });
}
