import { expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import { makeReflexTeller } from './reflexes.ts';

const pod = { namespace: 'shop', name: 'web-1', uid: 'pod-1' };
const reflex = (at: string, result: 'done' | 'refused' = 'done') =>
  ({ container: 'app', at: `2026-01-01T12:${at}.000Z`, result, message: 'ended by SIGTERM after 0.2 s' }) as const;

test('tells of each reflex once, however often the agent repeats it', () => {
  const told: string[] = [];
  const events = {
    warn: (_namespace: string, { name }: { name: string }, reason: string, message: string) =>
      void told.push(`${name} ${reason}: ${message}`),
  };
  const teller = makeReflexTeller({ events, metrics: makeMetrics('controller'), log: makeLogger('test', 'silent') });
  teller.take({ pod });
  teller.take({ pod, reflexes: [reflex('00:01')] });
  teller.take({ pod, reflexes: [reflex('00:01')] });
  expect(told).toEqual([
    'web-1 LocalReflex: The app hung at 2026-01-01T12:00:01.000Z while no controller could be reached: the agent restarted container app (ended by SIGTERM after 0.2 s).',
  ]);
  teller.take({ pod, reflexes: [reflex('00:01'), reflex('20:00', 'refused')] });
  expect(told).toHaveLength(2);
  expect(told[1]).toContain('could not restart');
});
