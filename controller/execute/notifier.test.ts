import { afterEach, expect, test } from 'vitest';
import { eventually } from '#test/support/loopback-api.ts';
import { notice, scriptedNetwork } from '#test/support/notices.ts';
import type { SinkName } from '#contract/vocabulary.ts';
import { systemClock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import { makeLogger } from '#runtime/logger.ts';
import type { Delivery, Sink } from '../model/sink.ts';
import { makeNotifier, type Notifier } from './notifier.ts';

let notifier: Notifier | undefined;
afterEach(() => notifier?.stop());

function start(...sinks: readonly Sink[]): { notifier: Notifier; results: string[] } {
  const results: string[] = [];
  notifier = makeNotifier({
    sinks,
    network: scriptedNetwork(),
    clock: systemClock,
    random: () => 0,
    log: makeLogger('test', 'silent'),
    onResult: (name, result) => results.push(`${name} ${result}`),
    firstRetryMilliseconds: 1,
  });
  return { notifier, results };
}

function sink(name: SinkName, deliver: (call: number) => Promise<Delivery>): Sink {
  let calls = 0;
  return { name, paceMilliseconds: 0, deliver: () => deliver((calls += 1)) };
}

const delivered: Delivery = { result: 'delivered' };
const later: Delivery = { result: 'retry', why: 'status 500' };
const never = new Promise<Delivery>(() => undefined);

test('delivers to each sink', async () => {
  const { notifier: started, results } = start(
    sink('slack', () => Promise.resolve(delivered)),
    sink('discord', () => Promise.resolve(delivered)),
  );
  started.notify(notice());
  await eventually('both delivered', () => results.length === 2);
  expect(results.toSorted()).toEqual(['discord delivered', 'slack delivered']);
});

test('tells only the sinks that a policy names', async () => {
  const { notifier: started, results } = start(
    sink('slack', () => Promise.resolve(delivered)),
    sink('discord', () => Promise.resolve(delivered)),
  );
  started.notify(notice(), []);
  started.notify(notice(), ['discord']);
  await eventually('one delivered', () => results.length > 0);
  await started.stop();
  expect(results).toEqual(['discord delivered']);
});

test('lets no sink that hangs delay another', async () => {
  const { notifier: started, results } = start(
    sink('slack', () => never),
    sink('discord', () => Promise.resolve(delivered)),
  );
  notifier = undefined;
  started.notify(notice());
  started.notify(notice());
  await eventually('the other delivered', () => results.length === 2);
  expect(results).toEqual(['discord delivered', 'discord delivered']);
});

test('tries again what may work later, also after an exception', async () => {
  const { notifier: started, results } = start(
    sink('slack', (call) =>
      call === 1 ? Promise.reject(new Error('reset')) : Promise.resolve(call === 2 ? later : delivered),
    ),
  );
  started.notify(notice());
  await eventually('delivered', () => results.includes('slack delivered'));
  expect(results).toEqual(['slack retried', 'slack retried', 'slack delivered']);
});

test('gives up after five retries', async () => {
  const { notifier: started, results } = start(sink('slack', () => Promise.resolve(later)));
  started.notify(notice());
  await eventually('failed', () => results.includes('slack failed'));
  expect(results).toEqual([...Array<string>(5).fill('slack retried'), 'slack failed']);
});

test('does not try a refused address again', async () => {
  const { notifier: started, results } = start(
    sink('slack', () => Promise.reject(new AutopilotError('AP_SINK_ADDRESS', 'private'))),
  );
  started.notify(notice());
  await eventually('refused', () => results.length > 0);
  expect(results).toEqual(['slack refused']);
});

test('asks a sink that is gone no more', async () => {
  let calls = 0;
  const { notifier: started, results } = start(
    sink('discord', (call) => Promise.resolve({ result: 'gone', why: `${(calls = call)}` })),
  );
  started.notify(notice());
  started.notify(notice());
  await eventually('both counted', () => results.length === 2);
  expect([results, calls]).toEqual([['discord refused', 'discord refused'], 1]);
});

test('drops and counts what a sink can’t keep up with', () => {
  const { notifier: started, results } = start(sink('slack', () => never));
  notifier = undefined;
  for (let count = 0; count < 203; count += 1) started.notify(notice());
  expect(results).toEqual(['slack dropped', 'slack dropped']);
});
