import { expect, test } from 'vitest';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics } from '#runtime/metrics.ts';
import { at } from '#test/support/deciding.ts';
import { actedIncident, incident, limits, noon } from '#test/support/snapshots.ts';
import { makeAnnounce } from './announce.ts';

function setUp() {
  const told: string[] = [];
  const routed: (readonly string[] | undefined)[] = [];
  const events: string[] = [];
  const metrics = makeMetrics('controller');
  const announce = makeAnnounce({
    log: makeLogger('test', 'silent'),
    metrics,
    events: {
      record: (_incident, { phase }) => void events.push(phase),
    },
    notifier: {
      name: 'notifier',
      notify: ({ kind, namespace }, routes) => {
        told.push(`${kind} in ${namespace}`);
        routed.push(routes);
      },
      stop: () => Promise.resolve(),
    },
    clusterName: 'test',
    limits,
  });
  const say = (one: Incident, before: IncidentStatus | undefined, seconds = 0, routes?: readonly string[]): void => {
    if (one.status) announce({ incident: one, before, after: one.status, routes }, at(seconds));
  };
  return { say, told, routed, events, metrics };
}

const held = (breaker: IncidentStatus['breaker'], namespace = 'shop'): Incident => {
  const status = { phase: 'Held', reason: 'breaker-open', ...(breaker ? { breaker } : {}) } as const;
  const one = incident(status);
  return { ...one, metadata: { ...one.metadata, namespace } };
};

test('tells of an open breaker of a namespace once, and again when it is open after its cool-down', () => {
  const { say, told } = setUp();
  for (const seconds of [0, 1, 299]) say(held('namespace'), undefined, seconds);
  expect(told).toEqual(['breaker in shop']);
  say(held('namespace'), undefined, 300);
  expect(told).toHaveLength(2);
});

test('tells of each namespace’s breaker, and of the cluster’s once for all of them', () => {
  const { say, told } = setUp();
  say(held('namespace'), undefined);
  say(held('namespace', 'other'), undefined);
  say(held('cluster'), undefined);
  say(held('cluster', 'other'), undefined);
  expect(told).toEqual(['breaker in shop', 'breaker in other', 'breaker in shop']);
});

test('a workload’s own breaker is its own news', () => {
  const { say, told } = setUp();
  say(held('workload'), undefined);
  say(held('workload'), undefined);
  expect(told).toEqual(['opened in shop', 'opened in shop']);
});

test('says nothing to people between the opening and the result, and an Event of each change', () => {
  const { say, told, events } = setUp();
  const phases = ['Acting', 'Verifying', 'Ineffective', 'Acting', 'Verifying', 'Resolved'] as const;
  let before: IncidentStatus | undefined;
  for (const phase of phases) {
    const one = actedIncident(noon, { phase });
    say(one, before);
    before = one.status;
  }
  expect(told).toEqual(['opened in shop', 'result in shop']);
  expect(events).toEqual(phases);
});

test('tells only those that the policy names', () => {
  const { say, routed } = setUp();
  say(incident(), undefined, 0, ['slack']);
  say(incident(), undefined);
  expect(routed).toEqual([['slack'], undefined]);
});

test('counts a refusal once while its reason stays the same', async () => {
  const { say, metrics } = setUp();
  const first = incident({ reason: 'cooldown-active' });
  say(first, undefined);
  say(incident({ reason: 'cooldown-active', message: 'later' }), first.status);
  say(incident({ reason: 'paused' }), first.status);
  const text = await metrics.registry.metrics();
  expect(text).toMatch(/autopilot_refusals_total\{[^}]*reason="cooldown-active"[^}]*\} 1\n/);
  expect(text).toMatch(/autopilot_refusals_total\{[^}]*reason="paused"[^}]*\} 1\n/);
});
