import { describe, expect, test } from 'vitest';
import { approvedAnnotation } from '#contract/annotations.ts';
import type { Incident, IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import type { FailureClass } from '#contract/vocabulary.ts';
import { at, intent, look, policy, step } from '#test/support/deciding.ts';
import { agent, failingPod, finding, incident, limits, owner, pod } from '#test/support/snapshots.ts';
import type { LadderStep } from '../model/policy.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';

const epochs = { epoch: 2, limits: { ...limits, driftAllowed: true } };

/** An episode whose leader ended after it had written an intent. */
function interrupted(
  more: Partial<IncidentAction>,
  status: Partial<IncidentStatus> = {},
  failureClass: FailureClass = 'CrashLoopBackOff',
): Incident {
  const acting = { phase: 'Acting', attempts: 1, actions: [intent(more)], ...status } as const;
  return incident(acting, { spec: { ...incident().spec, failureClass } });
}

const under = (failureClass: FailureClass, handler: LadderStep['handler']) =>
  policy({ driftAllowed: true, ladders: new Map([[failureClass, [step(handler)]]]) });

const done = { phase: 'Verifying', actions: [{ result: 'done', sentAt: microTime(at(0)) }] };
const taken = { phase: 'Acting', attempts: 1, actions: [{ epoch: 2, intendedAt: microTime(at(0)) }] };

/** The next leader's look five seconds later. */
const resume = (one: Incident, world: Partial<WorkloadSnapshot>, findings = [finding()]) =>
  look({ incidents: [one], ...world }, findings, { ...epochs, now: at(5) });

describe('an eviction', () => {
  const evict = interrupted({});

  test('happened when its pod is gone or going', () => {
    expect(resume(evict, { pods: [pod({ uid: 'pod-2' })] }, [])).toMatchObject({ actions: undefined, status: done });
    expect(resume(evict, { pods: [failingPod({ terminating: true })] }, []).status).toMatchObject(done);
  });

  test('is taken over while its pod is there and fails', () => {
    expect(resume(evict, {}).acting).toMatchObject({ status: taken, actions: [{ podUid: 'pod-1' }] });
  });

  test('is dropped when its pod has recovered, and leaves no attempt', () => {
    const dropped = { phase: 'Held', reason: 'pod-changed', attempts: 0, actions: [{ result: 'refused' }] };
    expect(resume(evict, { pods: [pod()] }, [])).toMatchObject({ actions: undefined, status: dropped });
  });

  test('is dropped when a person has to approve it by now, and goes on when one has', () => {
    const policies = [policy({ mode: 'Approve' })];
    const id = look({ policies, incidents: [incident()] }).status?.proposal?.id ?? '';
    const approved = { ...evict, metadata: { ...evict.metadata, annotations: { [approvedAnnotation]: id } } };
    const dropped = { phase: 'Held', reason: 'paused', attempts: 0, actions: [{ result: 'refused' }] };
    expect(resume(evict, { policies })).toMatchObject({ actions: undefined, status: dropped });
    expect(resume(approved, { policies }).acting).toMatchObject({ status: taken, actions: [{ podUid: 'pod-1' }] });
  });

  test('is dropped when something else is to be done by now', () => {
    const policies = [under('CrashLoopBackOff', 'rollout-restart')];
    expect(resume(evict, { policies })).toMatchObject({ actions: undefined, status: { reason: 'target-changed' } });
  });

  test('is dropped when the act of one remedy has changed its kind', () => {
    const cached = failingPod({ cache: true });
    const kinds = ['clear-cache', 'restart-container'] as const;
    const cleared = interrupted({ handler: 'clear-cache', kinds });
    const world = { pods: [cached], agents: new Map([['pod-1', agent({ receivedAt: at(5) })]]) };
    const found = [finding({ pod: cached })];
    expect(resume(cleared, world, found)).toMatchObject({ actions: undefined, status: { reason: 'target-changed' } });
    const evicting = interrupted({ handler: 'clear-cache', kinds: ['clear-cache', 'evict-pod'] });
    expect(resume(evicting, world, found).actions).toMatchObject([{ kind: 'clear-cache' }, { kind: 'evict-pod' }]);
  });

  test('is dropped under a policy that is off, and no other takes its place', () => {
    expect(resume(evict, { policies: [policy({ mode: 'Off' })] }).actions).toBeUndefined();
  });
});

describe('a restart in place', () => {
  const hung = pod({ ready: false, readySince: undefined });
  const target = { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1', container: 'app' };
  const restart = interrupted({ kinds: ['restart-container'], handler: 'restart-container', target }, {}, 'AppHung');
  const world = { pods: [hung], agents: new Map([['pod-1', agent({ receivedAt: at(5) })]]) };

  test('leaves no trace: with the fault gone it counts as done', () => {
    expect(resume(restart, { ...world, pods: [pod()] }, [])).toMatchObject({ actions: undefined, status: done });
  });

  test('is told again under the same intent while the fault is there', () => {
    const { acting } = resume(restart, world, [finding({ pod: hung, failureClass: 'AppHung' })]);
    expect(acting).toMatchObject({ status: taken, actions: [{ kind: 'restart-container', podUid: 'pod-1' }] });
  });
});

describe('a rollout', () => {
  const target = { kind: 'Deployment', name: 'web', uid: 'web-uid' };
  const rollout = interrupted({ kinds: ['restart-rollout'], handler: 'rollout-restart', target });
  const policies = [under('CrashLoopBackOff', 'rollout-restart')];

  test('happened when the template bears its stamp', () => {
    const stamped = owner({ restartedAt: microTime(at(0)) });
    expect(resume(rollout, { policies, owner: stamped })).toMatchObject({ actions: undefined, status: done });
  });

  test('is taken over when the stamp is an older one or there is none', () => {
    for (const restartedAt of [microTime(at(-60)), undefined]) {
      const before = owner(restartedAt === undefined ? {} : { restartedAt });
      const { acting } = resume(rollout, { policies, owner: before });
      expect(acting).toMatchObject({ status: taken, actions: [{ kind: 'restart-rollout' }] });
    }
  });
});

describe('a surge', () => {
  const target = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
  const surge = { target, from: 3, to: 4, until: microTime(at(600)) };
  const scale = interrupted({ kinds: ['scale-replicas'], handler: 'scale-replicas', target }, { surge });
  const policies = [under('CrashLoopBackOff', 'scale-replicas')];
  const seen = (replicas: number) => resume(scale, { policies, owner: owner({ replicas }) });

  test('happened when the number is the new one', () => {
    expect(seen(4)).toMatchObject({ actions: undefined, status: { ...done, surge } });
  });

  test('is taken over when the number is the old one', () => {
    expect(seen(3).acting).toMatchObject({ status: { ...taken, surge }, actions: [{ from: 3, to: 4 }] });
  });

  test('is dropped when someone has set another number', () => {
    const { actions, status } = seen(6);
    expect(actions).toBeUndefined();
    expect(status).toMatchObject({ reason: 'target-changed', attempts: 0 });
    expect(status?.surge).toBeUndefined();
  });

  test('is not taken for undone by someone while it is only intended', () => {
    const times = { detectedAt: microTime(at(-600)), actedAt: microTime(at(-300)) };
    const earlier = intent({
      result: 'done',
      helped: false,
      sentAt: microTime(at(-300)),
      intendedAt: microTime(at(-300)),
    });
    const second = intent({ kinds: ['scale-replicas'], handler: 'scale-replicas', target });
    const again = interrupted({}, { surge, times, attempts: 2, actions: [earlier, second] });
    const { status } = resume(again, { policies, owner: owner() });
    expect(status).toMatchObject({ phase: 'Acting' });
    expect(status?.surge).toEqual(surge);
  });
});
