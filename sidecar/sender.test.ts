import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Report } from '#contract/report.ts';
import { fakeEpoch, makeFakeHost } from '#test/support/fake-host.ts';
import { makeLog } from './log.ts';
import { outboxLimits } from './outbox.ts';
import { makeReportSender } from './sender.ts';

const answers = {
  taken: { outcome: 'answer', status: 200, retryAfterSeconds: undefined, body: '{"containers":[]}' },
  away: { outcome: 'failed', message: 'ECONNREFUSED' },
  busy: { outcome: 'answer', status: 429, retryAfterSeconds: 1, body: '' },
} as const;

function report(sequence: number): Report {
  const startedAt = new Date(fakeEpoch).toISOString();
  return {
    version: 1,
    pod: { namespace: 'shop', name: 'cart-1', uid: 'uid-1' },
    agent: { version: '1', startedAt, sequence },
    sentAt: startedAt,
    probes: [],
  };
}

function start(answerOf: (now: number) => keyof typeof answers) {
  const host = makeFakeHost({});
  const arrived: Report[] = [];
  const learnt: string[] = [];
  host.answers.post = (body) => {
    const answer = answerOf(host.monotonic());
    if (answer === 'taken') arrived.push(JSON.parse(body) as Report);
    return answers[answer];
  };
  const sender = makeReportSender({
    host,
    log: makeLog(host),
    reportUrl: '',
    authoritiesFile: undefined,
    authorities: '',
    tokenFile: '/token',
    onAccepted: (body) => learnt.push(body),
  });
  return { host, sender, arrived, learnt };
}

const steps = fc.array(fc.record({ waitSeconds: fc.integer({ min: 0, max: 9 }), carriesFinding: fc.boolean() }), {
  minLength: 1,
  maxLength: outboxLimits.letters,
});
const outages = fc.array(fc.record({ from: fc.nat(600), seconds: fc.nat(600), how: fc.constantFrom('away', 'busy') }), {
  maxLength: 4,
});

test('every finding of ten minutes arrives in its order, however the controller comes and goes', async () => {
  await fc.assert(
    fc.asyncProperty(steps, outages, async (sent, outs) => {
      const { host, sender, arrived } = start((now) => {
        const out = outs.find(({ from, seconds }) => now >= from * 1000 && now < (from + seconds) * 1000);
        return now < 600_000 ? (out?.how ?? 'taken') : 'taken';
      });
      for (const [index, { waitSeconds, carriesFinding }] of sent.entries()) {
        await host.advance(waitSeconds * 1000);
        sender.send(report(index + 1), carriesFinding);
      }
      await host.advance(640_000 - host.monotonic());
      const sequences = arrived.map(({ agent }) => agent.sequence);
      expect(sequences).toEqual(sequences.toSorted((left, right) => left - right));
      const findings = sent.flatMap(({ carriesFinding }, index) => (carriesFinding ? [index + 1] : []));
      expect(findings.filter((sequence) => !sequences.includes(sequence))).toEqual([]);
      // The newest says how things stand, finding or not.
      expect(sequences.at(-1)).toBe(sent.length);
    }),
    { numRuns: 50 },
  );
});

test('a report that waited says for how long, and only that one', async () => {
  const { host, sender, arrived } = start((now) => (now < 60_000 ? 'away' : 'taken'));
  sender.send(report(1), true);
  await host.advance(80_000);
  sender.send(report(2), true);
  await host.advance(1_000);
  expect(arrived[0]?.waitedSeconds).toBeGreaterThanOrEqual(60);
  expect(arrived[1]).toEqual(report(2));
});

test('the answer to an accepted report is handed on, whatever is in it', async () => {
  const { host, sender, learnt } = start(() => 'taken');
  sender.send(report(1), false);
  await host.advance(1);
  expect(learnt).toEqual(['{"containers":[]}']);
});
