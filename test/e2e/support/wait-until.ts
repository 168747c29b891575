import { setTimeout as delay } from 'node:timers/promises';

/** Not yet, and what there is instead: the last one is shown when time is up. */
export interface NotYet {
  readonly notYet: string;
}

const pauseMilliseconds = 200;

export function notYet(instead: string): NotYet {
  return { notYet: instead };
}

/** Asks until there is an answer other than {@link NotYet}. What `probe` throws is thrown: a fault is no reason to wait. */
export async function waitUntil<Value>(
  what: string,
  timeoutSeconds: number,
  probe: () => Promise<Value | NotYet>,
): Promise<Value> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const answer = await probe();
    if (!isNotYet(answer)) return answer;
    if (performance.now() > deadline) {
      throw new Error(`not within ${timeoutSeconds} s: ${what}\ninstead: ${answer.notYet}`);
    }
    await delay(pauseMilliseconds);
  }
}

function isNotYet(answer: unknown): answer is NotYet {
  return typeof answer === 'object' && answer !== null && 'notYet' in answer;
}
