import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeLeaseApi, type Exchange } from '#test/support/lease-api.ts';
import { makeVirtualTime } from '#test/support/virtual-time.ts';
import { makeLogger } from '../logger.ts';
import { makeLeadership, type Leadership } from './lease.ts';

const exchanges: fc.Arbitrary<Exchange> = fc.record({
  milliseconds: fc.integer({ min: 1, max: 12_000 }),
  fate: fc.constantFrom('answered', 'answered', 'answered', 'lost', 'unsent', 'refused'),
});

/** One step of a run: time passes, and then one of two candidates is stopped for a while, or restarted. */
const steps = fc.record({
  milliseconds: fc.integer({ min: 0, max: 20_000 }),
  candidate: fc.constantFrom(0, 1),
  what: fc.constantFrom('pause', 'nothing', 'replace'),
  pauseMilliseconds: fc.integer({ min: 0, max: 40_000 }),
});

test('two candidates never lead at one moment, and no epoch comes twice, whatever is slow, lost or stopped', async () => {
  const runs = fc.asyncProperty(
    fc.array(exchanges, { maxLength: 60 }),
    fc.array(steps, { minLength: 1, maxLength: 12 }),
    fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 20 }),
    async (planned, played, chances) => {
      const time = makeVirtualTime();
      const api = makeLeaseApi();
      const epochs: number[] = [];
      let exchanged = 0;
      let drawn = 0;
      const join = (identity: string): { process: ReturnType<typeof time.process>; leadership: Leadership } => {
        const process = time.process();
        const leadership = makeLeadership({
          transport: api.transport(process, () => planned[exchanged++] ?? { milliseconds: 10, fate: 'answered' }),
          namespace: 'autopilot',
          name: 'controller',
          identity,
          clock: process,
          monotonic: () => time.now(),
          random: () => chances[drawn++ % chances.length] ?? 0,
          log: makeLogger('test', 'silent'),
          onAcquired: (epoch) => void epochs.push(epoch),
          onLost: () => undefined,
        });
        leadership.start();
        return { process, leadership };
      };
      const candidates = [join('a-0'), join('b-0')];
      const everyone = [...candidates];
      const check = (): void => {
        const leaders = everyone.filter(({ leadership }) => leadership.epoch() !== undefined);
        expect(leaders.length).toBeLessThanOrEqual(1);
      };
      for (const [index, { milliseconds, candidate, what, pauseMilliseconds }] of played.entries()) {
        await time.advance(milliseconds, check);
        if (what === 'pause') candidates[candidate]?.process.pause(pauseMilliseconds);
        if (what === 'replace') {
          // The old one stops in its own time beside its successor, as in a rolling update.
          void candidates[candidate]?.leadership.stop();
          const next = join(`${candidate}-${index + 1}`);
          candidates[candidate] = next;
          everyone.push(next);
        }
      }
      await time.advance(120_000, check);
      expect(epochs).toEqual([...new Set(epochs)].toSorted((one, other) => one - other));
      void Promise.all(everyone.map(({ leadership }) => leadership.stop()));
      await time.advance(60_000);
    },
  );
  await fc.assert(runs, { numRuns: 150 });
});
