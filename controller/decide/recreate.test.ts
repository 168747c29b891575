import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anySnapshot } from '#test/support/arbitrary-snapshots.ts';
import { at, past, policy } from '#test/support/deciding.ts';
import { limits, noon, owner, pod, quietCluster, shopWorkload, snapshot } from '#test/support/snapshots.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { decideRecreation, type RecreateInput } from './recreate.ts';

/** A healthy pod that is older than the label of its namespace. */
function bare(number: number, more: Partial<PodSnapshot> = {}): PodSnapshot {
  return pod({ name: `web-abc-${number}`, uid: `pod-${number}`, injected: false, lacksAgent: 'by-default', ...more });
}

const three = [bare(1), bare(2), bare(3)];
const evict = policy({ recreate: 'Evict' });

/** What is decided about three pods without the agent whose policy has them re-created, changed as a test says. */
function decided(world: Partial<WorkloadSnapshot> = {}, more: Partial<RecreateInput> = {}) {
  const decision = decideRecreation({
    snapshot: snapshot({ pods: three, policies: [evict], ...world }),
    limits,
    evictions: [],
    evictedAt: undefined,
    injectingSince: at(-3600),
    now: noon,
    ...more,
  });
  return decision.recreation === 'due' ? decision.pod.name : 'reason' in decision ? decision.reason : 'never';
}

describe('decideRecreation', () => {
  test('evicts the oldest of the pods without the agent', () => {
    const pods = [bare(1), bare(2, { createdAt: at(-7200) }), pod({ uid: 'pod-3' })];
    expect(decided({ pods })).toBe('web-abc-2');
  });

  test.each<[string, Partial<WorkloadSnapshot>]>([
    ['no policy', { policies: [] }],
    ['a policy that does not ask for it', { policies: [policy()] }],
    ['a policy that is off', { policies: [policy({ recreate: 'Evict', mode: 'Off' })] }],
  ])('does nothing under %s', (_name, world) => {
    expect(decided(world)).toBe('never');
  });

  const open = past(60, 'open', { phase: 'Escalated' });
  test.each<[reason: string, why: string, Partial<WorkloadSnapshot>]>([
    ['observe-mode', 'a namespace that only observes', { mode: 'observe' }],
    ['observe-mode', 'a policy that only observes', { policies: [policy({ recreate: 'Evict', mode: 'Observe' })] }],
    ['observe-mode', 'a policy that asks a person', { policies: [policy({ recreate: 'Evict', mode: 'Approve' })] }],
    ['paused', 'a pause of the release', { pausedBy: 'release' }],
    ['paused', 'a pause of every pod', { pods: three.map((one) => ({ ...one, paused: true })) }],
    ['job-pod', 'a Job', { workload: { ...shopWorkload, kind: 'Job' } }],
    ['no-controller', 'pods that nothing owns', { pods: three.map((one) => ({ ...one, controller: undefined })) }],
    ['local-data', 'local data', { pods: three.map((one) => ({ ...one, localData: ['data'] })) }],
    ['last-ready-replica', 'a lone replica', { pods: [bare(1)], owner: owner({ replicas: 1, readyReplicas: 1 }) }],
    ['workload-unhealthy', 'a replica that is not ready', { owner: owner({ readyReplicas: 2 }) }],
    ['workload-unhealthy', 'a replica that is missing', { owner: owner({ replicas: 4 }) }],
    ['workload-unhealthy', 'a rollout that has just begun', { owner: owner({ generation: 2 }) }],
    ['workload-unhealthy', 'an owner that is not known', { owner: undefined }],
    ['workload-unhealthy', 'a pod on its way out', { pods: [...three, bare(4, { terminating: true })] }],
    [
      'workload-unhealthy',
      'a pod that has just become ready',
      { pods: [...three.slice(1), bare(1, { readySince: at(-5) })] },
    ],
    ['workload-unhealthy', 'an open incident', { incidents: [open] }],
    ['cooldown-active', 'a remedy a minute ago', { incidents: [past(60, 'done')] }],
    ['stale-evidence', 'a silent watch', { contactAt: at(-120) }],
    [
      'outside-window',
      'a closed maintenance window',
      {
        policies: [
          policy({ recreate: 'Evict', windows: [{ schedule: '0 2 * * *', timeZone: 'UTC', durationMinutes: 60 }] }),
        ],
      },
    ],
    [
      'two-budgets',
      'two disruption budgets',
      {
        disruptionBudgets: ['one', 'two'].map((name) => ({
          name,
          selector: { matchLabels: { app: 'web' } },
          disruptionsAllowed: 1,
        })),
      },
    ],
  ])('is held by %s: %s', (reason, _why, world) => {
    expect(decided(world)).toBe(reason);
  });

  test('takes another pod where the first may not be touched', () => {
    expect(decided({ pods: [bare(1, { paused: true }), bare(2), bare(3)] })).toBe('web-abc-2');
  });

  test('counts its own evictions with all other actions of the namespace', () => {
    const actions = Array.from({ length: 9 }, (_none, index) => ({
      at: at(-600 + index),
      namespace: 'shop',
      workloadUid: `other-${index}`,
      helped: true,
    }));
    const cluster = { ...quietCluster, actions };
    const evictions = [{ at: at(-300), namespace: 'shop', workloadUid: 'other', helped: undefined }];
    expect(decided({ cluster })).toBe('web-abc-1');
    expect(decided({ cluster }, { evictions })).toBe('budget-exhausted');
  });

  test('waits while no webhook is ready, or has just become it', () => {
    expect(decided({}, { injectingSince: undefined })).toBe('injection-away');
    expect(decided({}, { injectingSince: at(-5) })).toBe('injection-away');
  });

  const evictedAt = at(-60) + 400;
  const backBare = bare(4, { createdAt: at(-60), readySince: at(-50) });
  test('stops when what took the place of an evicted pod is bare as well', () => {
    expect(decided({ pods: [bare(1), bare(2), backBare] }, { evictedAt })).toBe('came-back-bare');
  });

  test('goes on when a later pod carries the agent again', () => {
    const injected = pod({ uid: 'pod-5', createdAt: at(-40), readySince: at(-30) });
    expect(decided({ pods: [bare(1), backBare, injected] }, { evictedAt })).toBe('web-abc-1');
  });

  test('goes on when the webhook became ready only after that pod had come', () => {
    expect(decided({ pods: [bare(1), bare(2), backBare] }, { evictedAt, injectingSince: at(-30) })).toBe('web-abc-1');
  });

  test('evicts only from a workload all of whose pods serve, and leaves at least one that does', () => {
    const times = fc.record({
      readyFor: fc.constantFrom(5, 30, 60, 600),
      bare: fc.boolean(),
      terminating: fc.nat({ max: 19 }).map((number) => number === 0),
    });
    const others = fc.oneof(anySnapshot, fc.constant(snapshot({ pods: [] })));
    let due = 0;
    fc.assert(
      fc.property(others, fc.array(times, { maxLength: 5 }), (base, drawn) => {
        const made = drawn.map(({ readyFor, bare: lacks, terminating }, index) =>
          pod({
            uid: `made-${index}`,
            readySince: at(-readyFor),
            terminating,
            ...(lacks ? { lacksAgent: 'by-default' as const } : {}),
          }),
        );
        const pods = [...base.pods, ...made];
        const seen = {
          ...base,
          pods,
          owner: owner({ replicas: pods.length, readyReplicas: pods.length }),
          policies: [evict],
        };
        const input = {
          snapshot: seen,
          limits,
          evictions: [],
          evictedAt: undefined,
          injectingSince: at(-60),
          now: noon,
        };
        const decision = decideRecreation(input);
        if (decision.recreation !== 'due') return;
        due += 1;
        expect(decision.pod.lacksAgent).toBeDefined();
        expect(pods.filter(({ terminating }) => terminating)).toEqual([]);
        expect(pods.every(({ ready, readySince }) => ready && noon - (readySince ?? noon) >= 20_000)).toBe(true);
        expect(pods.length).toBeGreaterThan(1);
      }),
      { numRuns: 500 },
    );
    expect(due).toBeGreaterThan(0);
  });
});
