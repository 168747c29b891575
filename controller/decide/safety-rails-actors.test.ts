import { describe, expect, test } from 'vitest';
import type { Incident } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import { actionKinds } from '#contract/vocabulary.ts';
import { at, intent, ladder, look, othersActed, past, policy, step } from '#test/support/deciding.ts';
import { agent, failingPod, finding, incident, limits, owner, pod, quietCluster } from '#test/support/snapshots.ts';
import { handlers } from '../handlers/index.ts';
import type { ReplicaSetSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';

const evict = [{ kind: 'evict-pod', podUid: 'pod-1' }];
const allowed = { limits: { ...limits, driftAllowed: true } };
const interrupted = (epoch: number): Incident =>
  incident({ phase: 'Acting', attempts: 1, actions: [intent({ epoch })] });

describe('rail 9: no finalizer is removed and no deletion forced', () => {
  const stuck = failingPod({ terminating: true, deletionDueAt: at(-600), finalizers: ['example.com/x'] });
  const found = [finding({ pod: stuck, failureClass: 'StuckTerminating' })];

  test('a pod that does not go is a person’s matter', () => {
    expect(look({ pods: [stuck] }, found)).toMatchObject({ actions: undefined, status: { phase: 'Escalated' } });
  });

  test.each(handlers.map(({ name }) => name))('not even a policy that names %s leads to an action', (name) => {
    const agents = new Map([['pod-1', agent()]]);
    const policies = [policy({ driftAllowed: true, ladders: new Map([['StuckTerminating', [step(name)]]]) })];
    const { actions, status } = look({ pods: [stuck], agents, policies }, found, allowed);
    expect(actions).toBeUndefined();
    expect(status?.reason).toBeDefined();
  });

  test('a pod on its way out is left alone, whatever else is found on it', () => {
    expect(look({ pods: [stuck] }, [finding({ pod: stuck })]).steps).toEqual([]);
    expect(look().actions).toMatchObject(evict);
  });
});

describe('rails 9, 13, 14 and 16: the set of actions is closed', () => {
  test('nothing resizes, rolls back, deletes or removes finalizers', () => {
    expect(actionKinds).toEqual(['evict-pod', 'restart-container', 'clear-cache', 'restart-rollout', 'scale-replicas']);
  });

  test('a policy touches its own namespace only', () => {
    const off = policy({ mode: 'Off' });
    expect(look({ policies: [{ ...off, namespace: 'other' }] }).actions).toMatchObject(evict);
    expect(look({ policies: [off] }).steps).toEqual([]);
  });
});

describe('rail 10: what is old is not acted on', () => {
  test('evidence that nobody has confirmed for a minute', () => {
    const old = (milliseconds: number) => look({}, [finding({ evidenceAt: at(0) - milliseconds })]);
    expect(old(60_001)).toMatchObject({ actions: undefined, status: { phase: 'Held', reason: 'stale-evidence' } });
    expect(old(60_000).actions).toMatchObject(evict);
  });

  test('a fault that the last episode has dealt with', () => {
    const done = incident({ phase: 'Resolved', times: { resolvedAt: microTime(at(-5)) } });
    expect(look({ incidents: [done] }, [finding({ faultAt: at(-30) })]).steps).toEqual([]);
    expect(look({ incidents: [done] }, [finding({ faultAt: at(-4) })]).actions).toMatchObject(evict);
  });
});

describe('rail 11: of two actors one stands back', () => {
  const rolledOut = (secondsAgo: number): ReplicaSetSnapshot => ({
    uid: `rs-${secondsAgo}`,
    name: `web-${secondsAgo}`,
    templateHash: 'abc',
    revision: 1,
    createdAt: at(-secondsAgo),
    replicas: 3,
    readyReplicas: 0,
  });
  const changing = (world: Partial<WorkloadSnapshot>) =>
    look({ policies: [ladder([step('rollout-restart')], { driftAllowed: true })], ...world }, [finding()], allowed);

  test('an intent carries the epoch of its leader, and another takes it over before it acts', () => {
    expect(look().status?.actions?.[0]?.epoch).toBe(1);
    expect(look({ incidents: [interrupted(1)] }).acting).toMatchObject({ status: undefined, actions: evict });
    const { acting } = look({ incidents: [interrupted(1)] }, [finding()], { epoch: 2 });
    expect(acting).toMatchObject({ status: { attempts: 1, actions: [{ epoch: 2, intendedAt: microTime(at(0)) }] } });
    expect(acting?.status?.actions).toHaveLength(1);
  });

  test.each(['release', 'namespace', 'owner'] as const)('a pause of the %s holds every action', (pausedBy) => {
    expect(look({ pausedBy })).toMatchObject({ actions: undefined, status: { phase: 'Held', reason: 'paused' } });
  });

  test('a person who has just rolled out is not disturbed by a change', () => {
    const recent = [rolledOut(599), rolledOut(9_000)];
    expect(changing({ replicaSets: recent })).toMatchObject({ actions: undefined, status: { reason: 'stand-down' } });
    expect(changing({ replicaSets: [rolledOut(600), rolledOut(9_000)] }).actions).toHaveLength(1);
    expect(look({ replicaSets: recent }).actions).toMatchObject(evict);
  });

  test('our own rollout is nobody’s', () => {
    const done = { kinds: ['restart-rollout'], handler: 'rollout-restart', result: 'done' } as const;
    const times = { intendedAt: microTime(at(-501)), sentAt: microTime(at(-501)) };
    const ours = past(501, 'ours', { actions: [intent({ ...done, ...times })] });
    const replicaSets = [rolledOut(500), rolledOut(9_000)];
    expect(changing({ replicaSets, incidents: [ours] }).actions).toHaveLength(1);
    expect(changing({ replicaSets, incidents: [past(501, 'other')] }).actions).toBeUndefined();
  });
});

describe('rail 12: a restart forgets nothing', () => {
  const hour = othersActed(Array.from({ length: 10 }, (_none, index) => index * 60 + 1));
  const worlds: readonly [what: string, world: Partial<WorkloadSnapshot>, reason: string | undefined][] = [
    ['attempts', { incidents: [past(9_000, 'a'), past(6_000, 'b'), past(3_000, 'c')] }, 'attempts-exhausted'],
    ['the cool-down', { incidents: [past(60, 'a')] }, 'cooldown-active'],
    ['the budget', { cluster: { ...quietCluster, actions: hour } }, 'budget-exhausted'],
    ['an intent', { incidents: [interrupted(1)] }, undefined],
  ];

  test.each(worlds)('%s is the same out of what the API server holds', (_what, world, reason) => {
    const read = JSON.parse(JSON.stringify(world)) as Partial<WorkloadSnapshot>;
    const cluster = { ...quietCluster, ...world.cluster };
    const again = look({ ...world, incidents: read.incidents ?? [], cluster });
    expect(again).toEqual(look({ ...world, cluster }));
    expect(again.status?.reason).toBe(reason);
  });

  test('nothing fires twice: an intent whose pod is gone was carried out', () => {
    const { actions, status } = look({ pods: [pod({ uid: 'pod-2' })], incidents: [interrupted(1)] }, [], { epoch: 2 });
    expect(actions).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Verifying', attempts: 1 });
  });

  test('the budget of a namespace is its own', () => {
    expect(look({ cluster: { ...quietCluster, actions: hour.slice(1) } }).actions).toMatchObject(evict);
    const others = hour.map((one) => ({ ...one, namespace: 'other' }));
    expect(look({ cluster: { ...quietCluster, actions: others } }).actions).toMatchObject(evict);
    const longAgo = hour.map((one) => ({ ...one, at: one.at - 3_600_000 }));
    expect(look({ cluster: { ...quietCluster, actions: longAgo } }).actions).toMatchObject(evict);
  });
});

describe('rail 19: it can be stopped, and says what it would have done', () => {
  const stops: readonly [what: string, world: Partial<WorkloadSnapshot>, reason: string][] = [
    ['the pod', { pods: [failingPod({ paused: true })] }, 'paused'],
    ['the owner', { pausedBy: 'owner' }, 'paused'],
    ['the namespace', { pausedBy: 'namespace' }, 'paused'],
    ['the release', { pausedBy: 'release' }, 'paused'],
    ['a namespace that observes', { mode: 'observe' }, 'observe-mode'],
    ['a policy that observes', { policies: [policy({ mode: 'Observe' })] }, 'observe-mode'],
    ['a policy that asks', { policies: [policy({ mode: 'Approve' })] }, 'awaiting-approval'],
  ];

  test.each(stops)('by %s', (_what, world, reason) => {
    const [first = failingPod()] = world.pods ?? [];
    expect(look(world, [finding({ pod: first })])).toMatchObject({ actions: undefined, status: { reason } });
  });

  test.each(stops.slice(1))('by %s also between an intent and its act', (_what, world) => {
    if (world.policies?.[0]?.mode === 'Approve') return;
    const { actions, status } = look({ ...world, incidents: [interrupted(1)] });
    expect(actions).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Held', reason: 'paused', attempts: 0 });
  });

  test('a dry run names the very action', () => {
    const { steps, status } = look({ mode: 'observe' });
    expect(steps[0]?.rehearsal).toMatchObject(evict);
    expect(status?.message).toBe('Would evict pod web-abc-1, so that a new one takes its place.');
  });

  test('a surge is not put back in a pause', () => {
    const target = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
    const surge = { target, from: 3, to: 4, until: microTime(at(-1)) };
    const world = { pods: [pod()], owner: owner({ replicas: 4 }), incidents: [past(600, 'surged', { surge })] };
    expect(look({ ...world, pausedBy: 'owner' }, []).steps).toEqual([]);
    expect(look(world, []).actions).toMatchObject([{ kind: 'scale-replicas', from: 4, to: 3 }]);
  });
});
