import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import type { Incident } from '#contract/incident.ts';
import { at, intent, ladder, look, othersFailing, past, policy, step } from '#test/support/deciding.ts';
import {
  agent,
  container,
  crashLooping,
  exit,
  failingPod,
  finding,
  incident,
  limits,
  owner,
  pod,
} from '#test/support/snapshots.ts';

const evict = [{ kind: 'evict-pod', podUid: 'pod-1' }];
const failing = Array.from({ length: 4 }, (_none, index) =>
  failingPod({ uid: `pod-${index + 1}`, name: `web-abc-${index + 1}` }),
);
const found = failing.map((one) => finding({ pod: one }));

describe('rail 1: what many share is not cured by acting on each', () => {
  test('a workload’s breaker opens at a share and a number of its pods', () => {
    expect(look({ pods: failing }, found)).toMatchObject({
      actions: undefined,
      status: { phase: 'Held', reason: 'breaker-open', breaker: 'workload' },
      recheckAt: at(300),
    });
    expect(look({ pods: failing.slice(0, 2) }, found.slice(0, 2)).actions).toMatchObject(evict);
    const many = Array.from({ length: 20 }, (_none, index) => pod({ uid: `well-${index}` }));
    expect(look({ pods: [...failing, ...many] }, found).actions).toMatchObject(evict);
  });

  test('pods count from their first exit on, for one of many is always the first to be sure', () => {
    const endedOnce = (seconds: number) =>
      failing.map((one) =>
        pod({ uid: one.uid, containers: [container({ exits: [exit(at(seconds), { exitCode: 1 })] })] }),
      );
    const [first, ...others] = endedOnce(-5);
    if (first === undefined) throw new TypeError('No pod.');
    expect(look({ pods: [first, ...others] }, found.slice(0, 1)).status).toMatchObject({ reason: 'breaker-open' });
    expect(look({ pods: [first, ...endedOnce(-61).slice(1)] }, found.slice(0, 1)).actions).toMatchObject(evict);
    const reset = owner({ breakerResetAt: at(-4) });
    const anew = { ...finding({ pod: first }), faultAt: at(-1) };
    expect(look({ pods: [first, ...others], owner: reset }, [anew]).actions).toMatchObject(evict);
  });

  test('an action on the owner itself may go on while the workload’s breaker is open', () => {
    const policies = [ladder([step('rollout-restart')], { driftAllowed: true })];
    const allowed = { limits: { ...limits, driftAllowed: true } };
    expect(look({ pods: failing, policies }, found, allowed).actions).toMatchObject([{ kind: 'restart-rollout' }]);
  });

  test('a namespace’s breaker opens when many of its workloads fail at once', () => {
    expect(look({ cluster: othersFailing(4, 'shop', 20) })).toMatchObject({
      actions: undefined,
      status: { reason: 'breaker-open', breaker: 'namespace' },
    });
    expect(look({ cluster: othersFailing(3, 'shop', 20) }).actions).toMatchObject(evict);
    expect(look({ cluster: othersFailing(4, 'other', 20) }).actions).toMatchObject(evict);
    expect(look({ cluster: { ...othersFailing(4, 'shop', 20), namespaceWorkloads: 50 } }).actions).toMatchObject(evict);
  });

  test('the cluster’s breaker opens when many of its workloads fail at once, wherever they are', () => {
    expect(look({ cluster: othersFailing(9, 'other', 20) })).toMatchObject({
      actions: undefined,
      status: { reason: 'breaker-open', breaker: 'cluster' },
    });
    expect(look({ cluster: othersFailing(8, 'other', 20) }).actions).toMatchObject(evict);
  });

  test('a person resets a breaker', () => {
    const cluster = { ...othersFailing(9, 'shop', 20), clusterResetAt: at(-10), namespaceResetAt: at(-10) };
    expect(look({ cluster }).actions).toMatchObject(evict);
    const since = found.map((one) => ({ ...one, faultAt: at(-20) }));
    const before = failing.map((one) => ({ ...one, containers: [crashLooping(at(-20))] }));
    expect(look({ pods: before }, since).status).toMatchObject({ reason: 'breaker-open' });
    const reset = look({ pods: before, owner: owner({ breakerResetAt: at(-10) }) }, since);
    expect(reset.actions).toMatchObject(evict);
  });
});

describe('rail 2: what does not help is not done again and again', () => {
  const three = [past(9_000, 'a'), past(6_000, 'b'), past(3_000, 'c')];

  test('attempts are counted by owner and template, never by the pod’s name', () => {
    const renamed = failingPod({ uid: 'pod-new', name: 'web-abc-new' });
    expect(look({ pods: [renamed], incidents: three }, [finding({ pod: renamed })])).toMatchObject({
      actions: undefined,
      status: { phase: 'Escalated', reason: 'attempts-exhausted' },
    });
    expect(look({ incidents: three.slice(1) }).actions).toMatchObject(evict);
  });

  test('a fault that changes its face gains nothing', () => {
    expect(look({ incidents: three }, [finding({ failureClass: 'OOMKilled' })])).toMatchObject({
      actions: undefined,
      status: { phase: 'Escalated', reason: 'attempts-exhausted' },
    });
  });

  test('a new template starts anew', () => {
    const changed = failingPod({ templateHash: 'def' });
    expect(look({ pods: [changed], incidents: three }, [finding({ pod: changed })]).actions).toMatchObject(evict);
  });

  test('a workload that fails too often within hours goes to a person, whatever its templates', () => {
    const old = [1, 2, 3, 4, 5].map((round) => past(round * 2_500, `old-${round}`));
    const incidents = old.map((one): Incident => ({ ...one, spec: { ...one.spec, templateHash: one.metadata.name } }));
    expect(look({ incidents })).toMatchObject({
      actions: undefined,
      status: { phase: 'Escalated', reason: 'recurring' },
    });
    expect(look({ incidents: incidents.slice(1) }).actions).toMatchObject(evict);
  });

  test('once a person was called the engine stands down', () => {
    const escalated = incident({ phase: 'Escalated', reason: 'attempts-exhausted' });
    expect(look({ incidents: [escalated] }).steps).toEqual([]);
  });

  test('in-place restarts that take the place of a blocked eviction are bounded too', () => {
    const { policies, pods, agents, blocked, found: hung } = hungBehindBudget();
    const restart = [{ kind: 'restart-container' }];
    expect(look({ policies, pods, agents, incidents: [blocked] }, hung).actions).toMatchObject(restart);
    const inPlace = [9_000, 6_000, 3_000].map((ago) => restarted(ago));
    expect(look({ policies, pods, agents, incidents: [...inPlace, blocked] }, hung).actions).toBeUndefined();
    const two = [...inPlace.slice(1), blocked];
    expect(look({ policies, pods, agents, incidents: two }, hung).actions).toMatchObject(restart);
  });
});

/** A hung pod that its disruption budget has just protected. */
function hungBehindBudget() {
  const hung = pod({ ready: false, readySince: undefined });
  const blocked = incident(
    {
      reason: 'eviction-blocked',
      actions: [intent({ result: 'refused', intendedAt: microTime(at(-1)) })],
      timeline: [{ at: microTime(at(-1)), phase: 'Held', reason: 'eviction-blocked', message: '' }],
    },
    { spec: { ...incident().spec, failureClass: 'AppHung' } },
  );
  return {
    policies: [policy({ ladders: new Map([['AppHung', [step('restart-pod')]]]) })],
    pods: [hung],
    agents: new Map([['pod-1', agent()]]),
    blocked,
    found: [finding({ pod: hung, failureClass: 'AppHung' })],
  };
}

/** An episode in which the container of another pod was restarted in place, so many seconds before noon. */
function restarted(secondsAgo: number): Incident {
  const target = { kind: 'Pod', name: 'web-abc-9', uid: 'pod-9', container: 'app' };
  const done = { kinds: ['restart-container'], handler: 'restart-container', result: 'done' } as const;
  const intendedAt = microTime(at(-secondsAgo));
  return past(secondsAgo, `restarted-${secondsAgo}`, {
    actions: [intent({ ...done, target, intendedAt, sentAt: intendedAt })],
  });
}
