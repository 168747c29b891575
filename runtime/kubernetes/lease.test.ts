import { expect, test } from 'vitest';
import { makeLeaseApi, type Exchange, type LeaseApi } from '#test/support/lease-api.ts';
import { makeVirtualTime, type VirtualProcess, type VirtualTime } from '#test/support/virtual-time.ts';
import { makeLogger } from '../logger.ts';
import type { Lease } from './lease-record.ts';
import { makeLeadership, type Leadership, type LeadershipLoss, type LeadershipOptions } from './lease.ts';

interface Candidate {
  readonly leadership: Leadership;
  readonly process: VirtualProcess;
  readonly acquired: number[];
  readonly losses: LeadershipLoss[];
  /** How its requests go from now on. */
  exchange: Exchange;
}

const good: Exchange = { milliseconds: 10, fate: 'answered' };
const unsent: Exchange = { milliseconds: 10, fate: 'unsent' };

function scene(): { time: VirtualTime; api: LeaseApi; join: typeof join } {
  const time = makeVirtualTime();
  const api = makeLeaseApi();
  const join = (identity: string, options: Partial<LeadershipOptions> = {}): Candidate => {
    const process = time.process();
    const candidate: Candidate = {
      process,
      acquired: [],
      losses: [],
      exchange: good,
      leadership: makeLeadership({
        transport: api.transport(process, () => candidate.exchange),
        namespace: 'autopilot',
        name: 'controller',
        identity,
        clock: process,
        monotonic: () => time.now(),
        random: () => 0,
        log: makeLogger('test', 'silent'),
        onAcquired: (epoch) => void candidate.acquired.push(epoch),
        onLost: (why) => candidate.losses.push(why),
        ...options,
      }),
    };
    candidate.leadership.start();
    return candidate;
  };
  return { time, api, join };
}

function heldBy(holderIdentity: string, leaseTransitions: number): Lease {
  return {
    metadata: { namespace: 'autopilot', name: 'controller', labels: { kept: 'yes' } },
    spec: { holderIdentity, leaseTransitions, leaseDurationSeconds: 15, renewTime: '2000-01-01T00:00:00.000000Z' },
  };
}

test('takes a Lease that does not exist and keeps it by renewing each 2 s', async () => {
  const { time, api, join } = scene();
  const one = join('a');
  await time.advance(60_000);
  expect(one.acquired).toEqual([1]);
  expect(one.leadership.epoch()).toBe(1);
  expect(one.leadership.holder()).toBe('a');
  expect(api.lease()?.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 1, leaseDurationSeconds: 15 });
  expect(api.lease()?.spec?.renewTime).toMatch(/^1970-01-01T00:17:3\d\.\d{6}Z$/);
  expect(api.requests.filter(({ method }) => method === 'PUT')).toHaveLength(29);
});

test('waits out a Lease of another, however old its times are, and keeps its labels', async () => {
  const { time, api, join } = scene();
  api.overwrite(heldBy('dead', 7));
  const one = join('a');
  await time.advance(15_000);
  expect(one.leadership.epoch()).toBeUndefined();
  expect(one.leadership.holder()).toBe('dead');
  await time.advance(2_100);
  expect(one.leadership.epoch()).toBe(8);
  expect(api.lease()?.metadata?.labels).toEqual({ kept: 'yes' });
});

test('never takes a Lease whose holder renews it', async () => {
  const { time, join } = scene();
  const [one, other] = [join('a'), join('b')];
  await time.advance(120_000);
  expect([one.acquired, other.acquired]).toEqual([[1], []]);
  expect(other.leadership.holder()).toBe('a');
});

test('gives the Lease back when stopped, so that the next one leads at its next look', async () => {
  const { time, api, join } = scene();
  const [one, other] = [join('a'), join('b')];
  await time.advance(5_000);
  const stopped = one.leadership.stop();
  expect(one.leadership.epoch()).toBeUndefined();
  await time.advance(30);
  await stopped;
  expect(api.lease()?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 });
  await time.advance(2_100);
  expect(other.acquired).toEqual([2]);
  expect(one.losses).toEqual([]);
});

test('leads by a new epoch, and at once, when a process is replaced under the same identity', async () => {
  const { time, api, join } = scene();
  api.overwrite(heldBy('a', 4));
  const one = join('a');
  await time.advance(100);
  expect(one.acquired).toEqual([5]);
});

test('leads no more from the moment a stopped process goes on, and says so once', async () => {
  const { time, join } = scene();
  const one = join('a');
  await time.advance(5_000);
  one.process.pause(30_000);
  await time.advance(9_900);
  expect(one.losses).toEqual([]);
  await time.advance(2_000);
  expect(one.leadership.epoch()).toBeUndefined();
  await time.advance(60_000);
  expect(one.losses).toEqual(['deadline-passed']);
  expect(one.leadership.epoch()).toBeUndefined();
});

test('leads on through failed renewals, until none was confirmed for 10 s', async () => {
  const { time, join } = scene();
  const one = join('a');
  await time.advance(5_000);
  one.exchange = unsent;
  await time.advance(7_000);
  expect(one.leadership.epoch()).toBe(1);
  one.exchange = good;
  await time.advance(20_000);
  expect(one.leadership.epoch()).toBe(1);
  one.exchange = { milliseconds: 10, fate: 'refused' };
  await time.advance(12_000);
  expect(one.leadership.epoch()).toBeUndefined();
  expect(one.losses).toEqual(['deadline-passed']);
});

test('finds its own renewal whose answer was lost, and leads on by the same epoch', async () => {
  const { time, join } = scene();
  const one = join('a');
  await time.advance(2_500);
  one.exchange = { milliseconds: 10, fate: 'lost' };
  await time.advance(5_000);
  one.exchange = good;
  await time.advance(30_000);
  expect(one.leadership.epoch()).toBe(1);
  expect(one.losses).toEqual([]);
});

test('gives up at once when the Lease names another', async () => {
  const { time, api, join } = scene();
  const one = join('a');
  await time.advance(2_500);
  api.overwrite(heldBy('b', 2));
  await time.advance(2_100);
  expect(one.losses).toEqual(['superseded']);
  await Promise.all([one.leadership.stop(), time.advance(100)]);
  expect(api.lease()?.spec?.holderIdentity).toBe('b');
});

test('writes a Lease again that was deleted under it, without losing the count of epochs', async () => {
  const { time, api, join } = scene();
  api.overwrite(heldBy('', 9));
  const one = join('a');
  await time.advance(2_500);
  api.overwrite(undefined);
  await time.advance(10_000);
  expect(one.leadership.epoch()).toBe(10);
  expect(api.lease()?.spec).toMatchObject({ holderIdentity: 'a', leaseTransitions: 10 });
});

test('asks again while the API refuses', async () => {
  const { time, join } = scene();
  const one = join('a');
  one.exchange = { milliseconds: 10, fate: 'refused' };
  await time.advance(30_000);
  expect(one.acquired).toEqual([]);
  one.exchange = good;
  await time.advance(4_000);
  expect(one.acquired).toEqual([1]);
});

test('leads no more when what starts with the leadership throws', async () => {
  const { time, join } = scene();
  const one = join('a', { onAcquired: () => Promise.reject(new Error('no start')) });
  await time.advance(100);
  expect(one.losses).toEqual(['start-failed']);
  expect(one.leadership.epoch()).toBeUndefined();
});
