import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { at, intent, ladder, look, othersFailing, past, policy, step } from '#test/support/deciding.ts';
import { agent, failingPod, finding, incident, limits, owner, pod } from '#test/support/snapshots.ts';
import type { AutoscalerSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';

const evict = [{ kind: 'evict-pod', podUid: 'pod-1' }];
const allowed = { limits: { ...limits, driftAllowed: true } };
const rollout = ladder([step('rollout-restart')], { driftAllowed: true });
const scale = ladder([step('scale-replicas')], { driftAllowed: true });

/** What comes of a ladder that only changes what people declared. */
const drift = (world: Partial<WorkloadSnapshot>, by = rollout, more: object = allowed) =>
  look({ policies: [by], ...world }, [finding()], more);

describe('rail 3: what is due at once is spread, and each owner gets ever longer gaps', () => {
  test('several workloads that are due at once wait for their place', () => {
    const crowd = look({ cluster: othersFailing(3) });
    expect(crowd).toMatchObject({ actions: undefined, status: { phase: 'Deciding', reason: 'jitter' } });
    expect(crowd.recheckAt).toBeGreaterThan(at(0));
    expect(crowd.recheckAt).toBeLessThanOrEqual(at(3));
  });

  test('a lone workload is not made to wait', () => {
    expect(look({ cluster: othersFailing(1) }).actions).toMatchObject(evict);
    expect(look({ cluster: othersFailing(3, 'shop', 6) }).actions).toMatchObject(evict);
  });

  test('the gap between two actions on an owner doubles', () => {
    expect(look({ incidents: [past(119, 'a')] }).status).toMatchObject({ reason: 'cooldown-active' });
    expect(look({ incidents: [past(120, 'a')] }).actions).toMatchObject(evict);
    expect(look({ incidents: [past(400, 'a'), past(239, 'b')] }).status).toMatchObject({ reason: 'cooldown-active' });
    expect(look({ incidents: [past(400, 'a'), past(240, 'b')] }).actions).toMatchObject(evict);
  });
});

describe('rail 4: what people declared is not changed against them', () => {
  test('drift needs the word of the operator and of the policy', () => {
    const refused = { actions: undefined, status: { phase: 'Held', reason: 'drift-not-allowed' } };
    expect(drift({}, rollout, {})).toMatchObject(refused);
    expect(drift({}, ladder([step('rollout-restart')]))).toMatchObject(refused);
    expect(drift({}).actions).toMatchObject([{ kind: 'restart-rollout' }]);
  });

  test.each(['argo-cd', 'flux', 'helm'] as const)(
    'what %s declares gets no drift, and non-drift as ever',
    (managedBy) => {
      const managed = { owner: owner({ managedBy }) };
      expect(drift(managed)).toMatchObject({ actions: undefined, status: { reason: 'gitops-owned' } });
      expect(drift(managed, scale)).toMatchObject({ actions: undefined, status: { reason: 'gitops-owned' } });
      expect(look(managed).actions).toMatchObject(evict);
    },
  );

  test('what someone undid is not done again', () => {
    const surge = { target: { kind: 'Deployment', name: 'web', uid: 'web-uid' }, from: 3, to: 4 } as const;
    const undone = past(3_600, 'undone', {
      surge: { ...surge, until: microTime(at(-600)), ended: 'reverted-by-others' },
    });
    const restored = past(3_600, 'restored', { surge: { ...surge, until: microTime(at(-600)), ended: 'restored' } });
    expect(drift({ incidents: [undone] }, scale)).toMatchObject({
      actions: undefined,
      status: { reason: 'change-reverted' },
    });
    expect(drift({ incidents: [restored] }, scale).actions).toMatchObject([{ kind: 'scale-replicas', from: 3, to: 4 }]);
  });
});

describe('rail 5: an autoscaler sets the number of replicas', () => {
  const autoscaler: AutoscalerSnapshot = {
    name: 'web',
    uid: 'hpa-uid',
    minReplicas: 2,
    maxReplicas: 10,
    currentReplicas: 3,
    managedBy: undefined,
  };

  test('replicas are never set under an autoscaler: its minimum is raised, for a while', () => {
    expect(drift({ autoscaler }, scale).actions).toMatchObject([
      { target: { kind: 'HorizontalPodAutoscaler', uid: 'hpa-uid' }, from: 2, to: 4, until: at(600) },
    ]);
    expect(drift({}, scale).actions).toMatchObject([{ target: { kind: 'Deployment' } }]);
  });

  test('an autoscaler without room, or that KEDA declares, is left alone', () => {
    const refused = { actions: undefined, status: { reason: 'autoscaler-owned' } };
    expect(drift({ autoscaler: { ...autoscaler, currentReplicas: 10 } }, scale)).toMatchObject(refused);
    expect(drift({ autoscaler: { ...autoscaler, managedBy: 'keda' } }, scale)).toMatchObject(refused);
    expect(drift({ autoscaler: { ...autoscaler, managedBy: 'flux' } }, scale)).toMatchObject({
      actions: undefined,
      status: { reason: 'gitops-owned' },
    });
  });
});

describe('rail 6: the last ready replica is not taken away', () => {
  const hung = finding({ pod: pod(), failureClass: 'OOMKilled' });
  const other = pod({ uid: 'pod-2', name: 'web-abc-2' });

  test('a pod that is the only one to serve is not evicted', () => {
    expect(look({ pods: [pod()] }, [hung])).toMatchObject({
      actions: undefined,
      status: { reason: 'last-ready-replica' },
    });
    expect(look({ pods: [pod(), { ...other, terminating: true }] }, [hung]).actions).toBeUndefined();
    expect(look({ pods: [pod(), other] }, [hung]).actions).toMatchObject(evict);
  });

  test('one that does not serve itself may be', () => {
    expect(look().actions).toMatchObject(evict);
  });

  test('in place no exception is made', () => {
    const agents = new Map([['pod-1', agent()]]);
    const silent = [finding({ pod: pod(), failureClass: 'AppHung' })];
    expect(look({ pods: [pod()], agents }, silent).actions).toBeUndefined();
    expect(look({ pods: [pod(), other], agents }, silent).actions).toMatchObject([{ kind: 'restart-container' }]);
  });

  test('a set of one that still serves is not rolled out', () => {
    const reference = { ...owner().reference, kind: 'StatefulSet' };
    const world = { workload: reference, owner: owner({ reference, replicas: 1 }), pods: [pod()] };
    expect(drift({ ...world }, rollout)).toMatchObject({
      actions: undefined,
      status: { reason: 'last-ready-replica' },
    });
    expect(drift({ ...world, pods: [failingPod()] }).actions).toMatchObject([{ kind: 'restart-rollout' }]);
  });
});

describe('rail 7: pods of a StatefulSet are replaced one at a time and in order', () => {
  const controller = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'web-uid' };
  const of = (ordinal: number, more: object = {}) =>
    pod({ uid: `pod-${ordinal}`, name: `web-${ordinal}`, controller, templateHash: 'new', ...more });
  const bad = (ordinal: number, more: object = {}) =>
    failingPod({ uid: `pod-${ordinal}`, name: `web-${ordinal}`, controller, templateHash: 'new', ...more });
  const set = { owner: owner({ reference: controller, updateRevision: 'new' }) };
  const judged = (pods: WorkloadSnapshot['pods'], failing: WorkloadSnapshot['pods']) =>
    look(
      { ...set, pods },
      failing.map((one) => finding({ pod: one })),
    );
  const ordered = { actions: undefined, status: { phase: 'Held', reason: 'statefulset-order' } };

  test('none while another is still on its way out', () => {
    expect(judged([of(0), bad(1), of(2, { terminating: true })], [bad(1)])).toMatchObject(ordered);
    expect(judged([of(0), bad(1), of(2)], [bad(1)]).actions).toMatchObject([{ podUid: 'pod-1' }]);
  });

  test('none before a lower one that is not ready yet', () => {
    expect(judged([of(0, { ready: false }), bad(1)], [bad(1)])).toMatchObject(ordered);
  });

  test('of two that fail the lower one first', () => {
    expect(judged([of(0), bad(1), bad(2)], [bad(2), bad(1)]).actions).toMatchObject([{ podUid: 'pod-1' }]);
  });

  test('a pod that hangs in a revision that the set has left is exactly the one', () => {
    const trapped = bad(1, { templateHash: 'old' });
    expect(judged([of(0, { ready: false }), trapped], [trapped]).actions).toMatchObject([{ podUid: 'pod-1' }]);
  });
});

describe('rail 8: a disruption budget is respected, and what it refused is told', () => {
  const budget = (name: string) => ({ name, selector: { matchLabels: { app: 'web' } }, disruptionsAllowed: 1 });

  test('two budgets on one pod refuse every eviction, so none is tried', () => {
    const disruptionBudgets = [budget('one'), budget('two')];
    expect(look({ disruptionBudgets })).toMatchObject({ actions: undefined, status: { reason: 'two-budgets' } });
    expect(look({ disruptionBudgets: disruptionBudgets.slice(1) }).actions).toMatchObject(evict);
  });

  test('one that refused is asked again after ever longer times', () => {
    const blocked = (times: number) =>
      incident({
        reason: 'eviction-blocked',
        actions: [intent({ result: 'refused' })],
        timeline: Array.from({ length: times }, () => {
          return { at: microTime(noonOf), phase: 'Held', reason: 'eviction-blocked', message: '' } as const;
        }),
      });
    const noonOf = at(0);
    const after = (seconds: number, times: number) =>
      look({ incidents: [blocked(times)] }, [finding({ evidenceAt: at(seconds) })], { now: at(seconds) });
    expect(after(29, 1).actions).toBeUndefined();
    expect(after(30, 1).actions).toMatchObject(evict);
    expect(after(119, 3).actions).toBeUndefined();
    expect(after(120, 3).actions).toMatchObject(evict);
  });

  test('a blocked pod that does not serve is restarted in place instead, one that serves is not', () => {
    const blocked = incident({ reason: 'two-budgets' }, { spec: { ...incident().spec, failureClass: 'AppHung' } });
    const policies = [policy({ ladders: new Map([['AppHung', [step('restart-pod')]]]) })];
    const disruptionBudgets = [budget('one'), budget('two')];
    const agents = new Map([['pod-1', agent()]]);
    const world = { policies, disruptionBudgets, agents, incidents: [blocked] };
    const silent = (one: ReturnType<typeof pod>) => [finding({ pod: one, failureClass: 'AppHung' })];
    const unready = pod({ ready: false, readySince: undefined });
    const other = pod({ uid: 'pod-2', name: 'web-abc-2' });
    expect(look({ ...world, pods: [unready, other] }, silent(unready)).actions).toMatchObject([
      { kind: 'restart-container', podUid: 'pod-1' },
    ]);
    expect(look({ ...world, pods: [pod(), other] }, silent(pod())).actions).toBeUndefined();
  });
});
