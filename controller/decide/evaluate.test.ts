import { expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { actedIncident, failingPod, finding, incident, noon, pod, snapshot } from '#test/support/snapshots.ts';
import { railContext } from '#test/support/deciding.ts';
import { handlers } from '../handlers/index.ts';
import type { FindingContext } from './context.ts';
import { evaluate } from './evaluate.ts';

const jobOwner = { apiVersion: 'batch/v1', kind: 'Job', name: 'import', uid: 'job-uid' };
const other = pod({ uid: 'pod-2', name: 'web-abc-2' });
const attempt = (secondsAgo: number, uid: string) =>
  actedIncident(noon - secondsAgo * 1000, { phase: 'Resolved' }, uid);
const liveness = finding({ failureClass: 'LivenessProbeFailed', evidence: { restartCount: 1 } });
const firstSight = incident({ evidence: { restartCount: 0 }, reason: 'kubelet-restarts-first' });

test('acts on a pod that nothing speaks for', () => {
  expect(evaluate(railContext(), handlers)).toMatchObject({
    verdict: 'act',
    handler: 'restart-pod',
    step: 1,
    actions: [{ kind: 'evict-pod', podUid: 'pod-1' }],
  });
});

const refusals: readonly [name: string, context: Partial<FindingContext>, reason: string][] = [
  ['a paused pod', { finding: finding({ pod: failingPod({ paused: true }) }) }, 'paused'],
  ['a paused owner', { snapshot: snapshot({ pausedBy: 'owner' }) }, 'paused'],
  ['a paused namespace', { snapshot: snapshot({ pausedBy: 'namespace' }) }, 'paused'],
  ['a paused release', { snapshot: snapshot({ pausedBy: 'release' }) }, 'paused'],
  [
    'a pod without a controlling owner',
    { finding: finding({ pod: failingPod({ controller: undefined }) }) },
    'no-controller',
  ],
  ['a pod of a Job', { finding: finding({ pod: failingPod({ controller: jobOwner }) }) }, 'job-pod'],
  ['a static pod', { finding: finding({ pod: failingPod({ mirror: true }) }) }, 'mirror-pod'],
  ['a pod that is being deleted', { finding: finding({ pod: failingPod({ terminating: true }) }) }, 'terminating'],
  [
    'a pod whose eviction would lose data',
    { finding: finding({ pod: failingPod({ localData: ['cache'] }) }) },
    'local-data',
  ],
  ['the only pod that still serves', { finding: finding({ pod: pod() }), snapshot: snapshot() }, 'last-ready-replica'],
  ['evidence over a minute old', { finding: finding({ evidenceAt: noon - 60_001 }) }, 'stale-evidence'],
  [
    'an owner that was acted on within its cool-down',
    { snapshot: snapshot({ incidents: [attempt(119, 'a')] }) },
    'cooldown-active',
  ],
  [
    'an owner whose second action doubled its cool-down',
    { snapshot: snapshot({ incidents: [attempt(400, 'a'), attempt(239, 'b')] }) },
    'cooldown-active',
  ],
  ['a liveness failure that the kubelet has not answered yet', { finding: liveness }, 'kubelet-restarts-first'],
  ['readiness', { finding: finding({ failureClass: 'ReadinessProbeFailed' }) }, 'no-handler'],
  [
    'a pod that a disruption budget has just protected',
    {
      incident: incident({
        reason: 'eviction-blocked',
        timeline: [{ at: microTime(noon), phase: 'Held', reason: 'eviction-blocked', message: '' }],
        actions: [
          {
            kinds: ['evict-pod'],
            handler: 'restart-pod',
            step: 0,
            target: { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1' },
            intendedAt: microTime(noon - 29_000),
            result: 'refused',
          },
        ],
      }),
    },
    'eviction-blocked',
  ],
];

test.each(refusals)('holds off from %s', (_name, more, reason) => {
  expect(evaluate(railContext(more), handlers)).toMatchObject({ verdict: 'hold', reason });
});

const allowed: readonly [name: string, context: Partial<FindingContext>][] = [
  [
    'a ready pod beside another ready one',
    { finding: finding({ pod: pod() }), snapshot: snapshot({ pods: [pod(), other] }) },
  ],
  ['an owner whose cool-down has passed', { snapshot: snapshot({ incidents: [attempt(120, 'a')] }) }],
  ['a liveness failure that came back after the kubelet’s restart', { finding: liveness, incident: firstSight }],
];

test.each(allowed)('acts on %s', (_name, more) => {
  expect(evaluate(railContext(more), handlers)).toMatchObject({ verdict: 'act' });
});

test('calls a person after the allowed attempts, though each looked resolved', () => {
  const incidents = [attempt(9_000, 'a'), attempt(6_000, 'b'), attempt(3_000, 'c')];
  const verdict = evaluate(railContext({ snapshot: snapshot({ incidents }) }), handlers);
  expect(verdict).toMatchObject({ verdict: 'escalate', reason: 'attempts-exhausted' });
});

test('counts attempts per template: a new rollout starts anew', () => {
  const incidents = [attempt(9_000, 'a'), attempt(6_000, 'b'), attempt(3_000, 'c')];
  const rolledOut = finding({ pod: failingPod({ templateHash: 'def' }) });
  expect(evaluate(railContext({ finding: rolledOut, snapshot: snapshot({ incidents }) }), handlers)).toMatchObject({
    verdict: 'act',
  });
});

test('forgets attempts after four hours', () => {
  const incidents = ['a', 'b', 'c'].map((uid) => attempt(4 * 3_600, uid));
  expect(evaluate(railContext({ snapshot: snapshot({ incidents }) }), handlers)).toMatchObject({ verdict: 'act' });
});

test('calls a person for an image that can’t be pulled', () => {
  const verdict = evaluate(railContext({ finding: finding({ failureClass: 'ImagePullBackOff' }) }), handlers);
  expect(verdict).toMatchObject({ verdict: 'escalate', reason: 'no-handler' });
});
