import { describe, expect, test } from 'vitest';
import type { ProbeTarget } from '#contract/agent-settings.ts';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer, showProcesses } from '#test/support/fake-processes.ts';
import { makeLog } from './log.ts';
import { freshRecord, type ProbeRecord } from './probe-record.ts';
import { dueReflex, hangSecondsOf, makeReflex } from './reflex.ts';

const minute = 60_000;
const hung = ['app'];

describe('a local reflex', () => {
  test.each([
    ['is not due while the controller answers', { heardAt: minute - 11_000 }, undefined],
    ['is due once the controller was not heard for 12 s', { heardAt: minute - 12_000 }, 'app'],
    ['is not due where nothing hangs', { hung: [] }, undefined],
    ['is not due twice for a container in 10 min', { past: [{ container: 'app', at: 0 }] }, undefined],
    ['is due for another container', { past: [{ container: 'web', at: 0 }] }, 'app'],
    ['is due again after 10 min', { now: 11 * minute, past: [{ container: 'app', at: 0 }] }, 'app'],
    [
      'is due three times an hour at most',
      { past: ['a', 'b', 'c'].map((container) => ({ container, at: 0 })) },
      undefined,
    ],
  ])('%s', (_what, more, expected) => {
    expect(dueReflex({ now: minute, heardAt: 0, hung, past: [], ...more })).toBe(expected);
  });
});

const liveness: ProbeTarget = {
  container: 'app',
  probe: 'liveness',
  action: { type: 'tcp', port: 8080 },
  periodSeconds: 10,
  timeoutSeconds: 1,
  failureThreshold: 3,
};

test.each([
  ['the liveness probe’s own threshold', liveness, true, undefined, 30],
  ['the pod’s annotation', liveness, true, 2, 2],
  ['the annotation for a readiness probe without a liveness probe', { ...liveness, probe: 'readiness' }, false, 2, 2],
  ['nothing for a readiness probe beside a liveness probe', { ...liveness, probe: 'readiness' }, true, 2, undefined],
  ['nothing for a startup probe', { ...liveness, probe: 'startup' }, true, 2, undefined],
] as const)('an app counts as hung by %s', (_what, target, hasLiveness, hangSeconds, expected) => {
  expect(hangSecondsOf(target, hasLiveness, hangSeconds)).toBe(expected);
});

function startReflex() {
  const host = makeFakeHost({});
  const world = {
    record: freshRecord as ProbeRecord,
    containerId: undefined as string | undefined,
    ended: undefined as string | undefined,
    told: 0,
  };
  const reflex = makeReflex({
    host,
    log: makeLog(host),
    hangSeconds: 2,
    graceSeconds: 5,
    probes: () => [{ target: liveness, record: world.record }],
    heardAt: () => 0,
    containerId: () => world.containerId,
    onEnding: (id) => (world.ended = id),
    onDone: () => (world.told += 1),
  });
  reflex.start();
  return { host, world, reflex, hang: () => (world.record = hanging(host.now())) };
}

function hanging(lastSuccessAt: number): ProbeRecord {
  return { ...freshRecord, state: 'failing', failure: 'timeout', lastSuccessAt };
}

/** An app that ends as soon as it is asked to. */
function showApp(host: ReturnType<typeof makeFakeHost>): void {
  showProcesses(host, [{ processId: 20, container: appContainer }]);
  host.answers.signal = () => {
    showProcesses(host, []);
    return 'sent';
  };
}

test('restarts a hung app once the controller is away, says so, and not again', async () => {
  const { host, world, reflex, hang } = startReflex();
  showApp(host);
  world.containerId = appContainer;
  await host.advance(20_000);
  expect(world.told).toBe(0);
  hang();
  await host.advance(1_500);
  expect(world.told).toBe(0);
  await host.advance(60_000);
  expect(world.told).toBe(1);
  expect(reflex.done()).toMatchObject([{ container: 'app', result: 'done' }]);
  expect(world.ended).toBe(appContainer);
  world.record = freshRecord;
  await host.advance(10 * minute);
  expect([world.told, reflex.done()]).toEqual([1, []]);
});

test('tells once of what it could not begin, and does it as soon as it can', async () => {
  const { host, world, reflex, hang } = startReflex();
  hang();
  await host.advance(minute);
  expect(world.told).toBe(1);
  expect(reflex.done()).toMatchObject([{ result: 'refused', message: 'the container’s id is not known' }]);
  showApp(host);
  world.containerId = appContainer;
  await host.advance(6_000);
  expect(reflex.done()).toMatchObject([{ result: 'refused' }, { result: 'done' }]);
  await host.advance(minute);
  expect(world.told).toBe(2);
});

test('is held by its limit of an hour, however often another container was refused in between', async () => {
  const host = makeFakeHost({});
  let [silent, known, done] = ['app', ['app'], 0];
  const record = hanging(host.now());
  const reflex = makeReflex({
    host,
    log: makeLog(host),
    hangSeconds: 2,
    graceSeconds: 5,
    probes: () => [{ target: { ...liveness, container: silent }, record }],
    heardAt: () => 0,
    containerId: (container) => (known.includes(container) ? appContainer : undefined),
    onEnding: () => undefined,
    onDone: () => (done += reflex.done().at(-1)?.result === 'done' ? 1 : 0),
  });
  const hangs = async (container: string, minutes: number): Promise<void> => {
    silent = container;
    showApp(host);
    await host.advance(minutes * minute);
  };
  reflex.start();
  await hangs('app', 1);
  await hangs('web', 45);
  await hangs('app', 1);
  known = ['app', 'web'];
  await hangs('web', 1);
  expect(done).toBe(3);
  await hangs('app', 11);
  expect(done).toBe(3);
  await hangs('app', 2);
  expect(done).toBe(4);
});
