import { expect, test } from 'vitest';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import {
  actedIncident,
  container,
  crashLooping,
  failingPod,
  finding,
  incident,
  limits,
  noon,
  pod,
  snapshot,
} from '#test/support/snapshots.ts';
import { at, intent } from '#test/support/deciding.ts';
import { handlers } from '../handlers/index.ts';
import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { decide } from './decide.ts';

function look(world: Partial<WorkloadSnapshot>, findings: readonly Finding[], now = noon) {
  const { steps, recheckAt } = decide({ snapshot: snapshot(world), findings, handlers, limits, epoch: 1, now });
  const statuses = steps.map(({ status }) => status);
  return { steps, statuses, recheckAt, phases: statuses.map((status) => status?.phase) };
}

const trail = (status: IncidentStatus | undefined): readonly string[] =>
  status?.timeline.map(({ phase }) => phase) ?? [];
const replacement = (readySeconds: number) =>
  pod({
    uid: 'pod-2',
    name: 'web-abc-2',
    createdAt: at(1),
    readySince: at(readySeconds),
    containers: [container({ startedAt: at(1) })],
  });
const verifying = (more: Partial<IncidentStatus> = {}): Incident => actedIncident(noon, more);

test('opens an incident that already holds the intent before anything is done', () => {
  const { steps, statuses } = look({ pods: [failingPod()] }, [finding()]);
  expect(steps).toHaveLength(1);
  expect(steps[0]?.actions).toMatchObject([{ kind: 'evict-pod', podUid: 'pod-1' }]);
  expect(statuses[0]).toMatchObject({
    phase: 'Acting',
    attempts: 1,
    actions: [{ kinds: ['evict-pod'], target: { uid: 'pod-1' }, step: 1, epoch: 1, intendedAt: microTime(noon) }],
  });
  expect(trail(statuses[0])).toEqual(['Detected', 'Acting']);
});

test('gives the same fault the same incident name, so that opening it twice fails', () => {
  const names = [0, 1].map(() => look({ pods: [failingPod()] }, [finding()]).steps[0]?.target);
  expect(names[0]).toEqual(names[1]);
});

test('does nothing in a disabled namespace, not even detection', () => {
  expect(look({ mode: 'disabled', pods: [failingPod()] }, [finding()]).steps).toEqual([]);
});

test('opens one incident for several findings on one pod, for the most telling', () => {
  const findings = [finding({ failureClass: 'OOMKilled' }), finding({ failureClass: 'ReadinessProbeFailed' })];
  const { steps } = look({ pods: [failingPod()] }, findings);
  expect(steps.map(({ target }) => 'create' in target && target.spec.failureClass)).toEqual(['OOMKilled']);
});

test('opens one incident for several failing pods of one template', () => {
  const second = failingPod({ uid: 'pod-2', name: 'web-abc-2' });
  const { steps } = look({ pods: [failingPod(), second] }, [finding(), finding({ pod: second })]);
  expect(steps).toHaveLength(1);
});

test('acts once at a time on an owner, even for two kinds of failure on two pods', () => {
  const second = failingPod({ uid: 'pod-2', name: 'web-abc-2' });
  const findings = [finding(), finding({ pod: second, failureClass: 'OOMKilled' })];
  const { steps, recheckAt } = look({ pods: [failingPod(), second] }, findings);
  expect(steps.filter(({ actions }) => actions)).toHaveLength(1);
  expect(recheckAt).toBe(noon);
});

test('ignores pods that are on their way out', () => {
  const leaving = failingPod({ terminating: true });
  expect(look({ pods: [leaving] }, [finding({ pod: leaving })]).steps).toEqual([]);
});

test('writes nothing when nothing has changed since the last look, and knows when to look again', () => {
  const past = actedIncident(at(-60), { phase: 'Resolved', times: {} }, 'past');
  const first = look({ pods: [failingPod()], incidents: [past] }, [finding()]);
  const [status] = first.statuses;
  expect(status).toMatchObject({ phase: 'Held', reason: 'cooldown-active' });
  const held = { ...incident(), ...(status ? { status } : {}) };
  const second = look({ pods: [failingPod()], incidents: [past, held] }, [finding()], at(30));
  expect(second).toMatchObject({ steps: [], recheckAt: at(60) });
  expect(
    look(
      { pods: [failingPod()], incidents: [past, held], contactAt: at(60) },
      [finding({ evidenceAt: at(60) })],
      at(60),
    ).phases,
  ).toEqual(['Acting']);
});

test('does not open a second episode out of evidence that the first has dealt with', () => {
  const done = incident({ phase: 'Resolved', times: { resolvedAt: microTime(noon) } });
  expect(look({ pods: [failingPod()], incidents: [done] }, [finding({ faultAt: at(-30) })]).steps).toEqual([]);
  expect(look({ pods: [failingPod()], incidents: [done] }, [finding({ faultAt: at(1) })], at(2)).phases).toEqual([
    'Acting',
  ]);
});

test('resolves once the replacement has been healthy for long enough, and not before', () => {
  const world = { pods: [replacement(5)], incidents: [verifying({ did: 'restart-pod' })] };
  expect(look(world, [], at(24))).toMatchObject({ steps: [], recheckAt: at(25) });
  const { statuses } = look(world, [], at(25));
  expect(statuses[0]).toMatchObject({
    phase: 'Resolved',
    replacement: { name: 'web-abc-2', uid: 'pod-2' },
    times: { healthyAt: microTime(at(5)), resolvedAt: microTime(at(25)) },
    message: 'Healthy for 20 s after restart-pod.',
  });
});

test('does not take a pod that was there before for the replacement', () => {
  const neighbour = pod({ uid: 'pod-9', name: 'web-abc-9' });
  expect(look({ pods: [neighbour], incidents: [verifying()] }, [], at(60))).toMatchObject({
    steps: [],
    recheckAt: at(120),
  });
});

test('calls the act ineffective when the replacement fails too, then tries again after the cool-down', () => {
  const second = { ...replacement(5), ready: false, readySince: undefined, containers: [crashLooping(at(10))] };
  const again = finding({ pod: second, faultAt: at(10), evidenceAt: at(11) });
  const { statuses, recheckAt } = look({ pods: [second], incidents: [verifying()] }, [again], at(11));
  expect(statuses[0]).toMatchObject({ phase: 'Ineffective', reason: 'cooldown-active' });
  expect(recheckAt).toBe(at(120));
  const next = { ...verifying(), ...(statuses[0] ? { status: statuses[0] } : {}) };
  const later = finding({ pod: second, faultAt: at(10), evidenceAt: at(120) });
  expect(look({ pods: [second], incidents: [next] }, [later], at(120)).statuses[0]).toMatchObject({
    phase: 'Acting',
    attempts: 2,
  });
});

test('hands over to a person when the last attempt was ineffective', () => {
  const earlier = [
    actedIncident(at(-900), { phase: 'Resolved' }, 'a'),
    actedIncident(at(-600), { phase: 'Resolved' }, 'b'),
  ];
  const second = { ...replacement(5), containers: [crashLooping(at(10))], ready: false, readySince: undefined };
  const { statuses } = look(
    { pods: [second], incidents: [...earlier, verifying()] },
    [finding({ pod: second })],
    at(11),
  );
  expect(trail(statuses[0])).toEqual(['Ineffective', 'Escalated']);
  expect(statuses[0]).toMatchObject({ reason: 'attempts-exhausted' });
});

test('hands over to a person when the replacement never gets ready and shows no fault', () => {
  const stuck = { ...replacement(5), ready: false, readySince: undefined };
  expect(look({ pods: [stuck], incidents: [verifying()] }, [], at(119)).steps).toEqual([]);
  expect(look({ pods: [stuck], incidents: [verifying()] }, [], at(120)).statuses[0]).toMatchObject({
    phase: 'Escalated',
    reason: 'replacement-unhealthy',
  });
});

test('resolves a workload that was scaled down and needs no replacement', () => {
  const neighbour = pod({ uid: 'pod-9', name: 'web-abc-9' });
  expect(look({ pods: [neighbour], incidents: [verifying()] }, [], at(120)).phases).toEqual(['Resolved']);
});

test('is not resolved while another pod of the template still fails', () => {
  const other = failingPod({ uid: 'pod-3', name: 'web-abc-3' });
  const { statuses } = look(
    { pods: [replacement(5), other], incidents: [verifying()] },
    [finding({ pod: other })],
    at(25),
  );
  expect(statuses[0]).toMatchObject({
    phase: 'Held',
    reason: 'cooldown-active',
    replacement: { uid: 'pod-2' },
    pod: { uid: 'pod-3' },
  });
});

test('does not act once more on what is still seen of a fault that was healed in place', () => {
  const target = { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1', container: 'app' };
  const cleared = {
    kinds: ['clear-cache' as const],
    handler: 'clear-cache',
    step: 0,
    target,
    intendedAt: microTime(noon),
  };
  const acted = verifying({ actions: [{ ...cleared, sentAt: microTime(noon), result: 'done' }] });
  const healed = pod({ readySince: at(5), containers: [container({ startedAt: at(4) })] });
  // Two exits within a minute are a finding for a minute.
  const lapsing = finding({ pod: healed, faultAt: at(-5), evidenceAt: at(25) });
  expect(look({ pods: [healed], incidents: [acted] }, [lapsing], at(25))).toMatchObject({
    steps: [{ actions: undefined }],
    statuses: [{ phase: 'Resolved', attempts: 1 }],
  });
});

test('says honestly when a fault went away by itself', () => {
  const healed = pod({ readySince: noon });
  const held = incident({ phase: 'Held', reason: 'no-handler' });
  expect(look({ pods: [healed], incidents: [held] }, [], at(19))).toMatchObject({ steps: [], recheckAt: at(20) });
  const [status] = look({ pods: [healed], incidents: [held] }, [], at(20)).statuses;
  expect(status).toMatchObject({
    phase: 'Resolved',
    attempts: 0,
    message: 'Healthy for 20 s; nothing was done, the fault went away by itself.',
  });
  expect(status?.reason).toBeUndefined();
});

test('resolves what was escalated once a person has cured it', () => {
  const escalated = incident({ phase: 'Escalated', reason: 'no-handler' });
  expect(look({ pods: [pod({ readySince: noon })], incidents: [escalated] }, [], at(20)).phases).toEqual(['Resolved']);
});

test('asks a workload that keeps recovering by itself for ever longer health', () => {
  const earlier = [1, 2].map((round) =>
    incident(
      { phase: 'Resolved', times: { resolvedAt: microTime(at(-round * 100)) } },
      { metadata: { ...incident().metadata, uid: `old-${round}` } },
    ),
  );
  const world = { pods: [pod({ readySince: noon })], incidents: [...earlier, incident()] };
  expect(look(world, [], at(79))).toMatchObject({ steps: [], recheckAt: at(80) });
  expect(look(world, [], at(80)).phases).toEqual(['Resolved']);
});

test('waits for the replacement while the failed pod is still on its way out', () => {
  const world = { pods: [failingPod({ terminating: true }), pod({ uid: 'pod-9' })], incidents: [incident()] };
  expect(look(world, [], at(500)).steps).toEqual([]);
});

const interrupted = incident({ phase: 'Acting', attempts: 1, actions: [intent()] });

test('takes an intent whose pod is gone for done after a restart, and acts no second time', () => {
  const { steps, statuses } = look(
    { pods: [pod({ uid: 'pod-2', createdAt: at(1) })], incidents: [interrupted] },
    [],
    at(5),
  );
  expect(steps[0]?.actions).toBeUndefined();
  expect(statuses[0]).toMatchObject({ phase: 'Verifying', actions: [{ result: 'done', sentAt: microTime(noon) }] });
});

test('carries out an intent whose pod is still there after a restart, without a second entry', () => {
  const { steps } = look({ pods: [failingPod()], incidents: [interrupted] }, [finding()], at(5));
  expect(steps[0]).toMatchObject({ status: undefined, actions: [{ podUid: 'pod-1' }] });
});

test('drops an intent when a pause came before the act', () => {
  const { statuses } = look(
    { pods: [failingPod()], incidents: [interrupted], pausedBy: 'release' },
    [finding()],
    at(5),
  );
  expect(statuses[0]).toMatchObject({ phase: 'Held', reason: 'paused', attempts: 0, actions: [{ result: 'refused' }] });
});

test('drops an intent whose pod has recovered', () => {
  const { statuses } = look({ pods: [pod()], incidents: [interrupted] }, [], at(5));
  expect(statuses[0]).toMatchObject({ phase: 'Held', reason: 'pod-changed', attempts: 0 });
});

test('gives an incident that was created without a status its first one', () => {
  const { status: _none, ...bare } = incident();
  const { steps, phases } = look({ pods: [failingPod()], incidents: [bare] }, [finding()]);
  expect(steps.map(({ target }) => 'update' in target)).toEqual([true]);
  expect(phases).toEqual(['Acting']);
});
