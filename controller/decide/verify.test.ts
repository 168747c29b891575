import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import type { Incident, IncidentAction, IncidentStatus } from '#contract/incident.ts';
import { at, intent } from '#test/support/deciding.ts';
import { actedIncident, container, failingPod, finding, limits, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { Finding } from '../model/finding.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import { verify } from './verify.ts';

const actedAt = noon;

/** What is made of a pod that the API server dated so many seconds after the act, its clock being ahead of ours. */
function verdictOn(createdSeconds: number, serverAheadSeconds: number): string | undefined {
  const ahead = serverAheadSeconds * 1000;
  const acted = actedIncident(actedAt);
  const detectedAt = actedAt - 1_000;
  const creationTimestamp = microTime(Math.floor((detectedAt + ahead) / 1000) * 1000);
  const incident = { ...acted, metadata: { ...acted.metadata, creationTimestamp } };
  const createdAt = Math.floor((actedAt + ahead) / 1000) * 1000 + createdSeconds * 1000;
  const other = pod({ uid: 'pod-2', name: 'web-abc-2', createdAt, readySince: actedAt + 1_000 });
  const pods = [failingPod(), other];
  if (incident.status === undefined) return undefined;
  const verification = verify(incident, incident.status, snapshot({ pods }), [], limits, actedAt + 60_000);
  return verification.state;
}

describe.each([0, 0.4, 3, 600, -3, -600])('with the API server’s clock %d s ahead of ours', (serverAheadSeconds) => {
  test('a pod that is made after the act is its replacement', () => {
    expect(verdictOn(0, serverAheadSeconds)).toBe('healthy');
    expect(verdictOn(5, serverAheadSeconds)).toBe('healthy');
  });

  test('a pod that was there long before is not', () => {
    expect(verdictOn(-10, serverAheadSeconds)).toBe('waiting');
  });
});

test('a replacement that is made at once counts although the API server took seconds to store the incident', () => {
  const acted = actedIncident(actedAt);
  const times = { ...acted.status?.times, detectedAt: microTime(actedAt - 2_000) };
  const status = acted.status && { ...acted.status, times };
  const incident = { ...acted, metadata: { ...acted.metadata, creationTimestamp: microTime(actedAt - 500) }, status };
  const replacement = pod({ uid: 'pod-2', createdAt: actedAt, readySince: actedAt + 1_000 });
  const pods = [failingPod(), replacement];
  const verification = status && verify(incident as Incident, status, snapshot({ pods }), [], limits, actedAt + 60_000);
  expect(verification?.state).toBe('healthy');
});

test('a replacement whose node’s clock is far behind is still watched for the whole time after the act', () => {
  const incident = actedIncident(actedAt);
  const replacement = pod({ uid: 'pod-2', createdAt: actedAt, readySince: actedAt - 600_000 });
  const pods = [failingPod(), replacement];
  const state = (seconds: number): string | undefined =>
    incident.status &&
    verify(incident, incident.status, snapshot({ pods }), [], limits, actedAt + seconds * 1000).state;
  expect(state(limits.verifyHealthySeconds - 1)).toBe('waiting');
  expect(state(limits.verifyHealthySeconds)).toBe('healthy');
});

describe('by what was done', () => {
  const target = { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1', container: 'app' };
  const deployment = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
  const acted = (more: Partial<IncidentAction>, status: Partial<IncidentStatus> = {}) =>
    actedIncident(actedAt, { actions: [intent({ result: 'done', sentAt: microTime(actedAt), ...more })], ...status });

  function stateOf(one: Incident, pods: readonly PodSnapshot[], seconds: number, found: readonly Finding[] = []) {
    return one.status && verify(one, one.status, snapshot({ pods }), found, limits, at(seconds)).state;
  }

  const restarted = acted({ kinds: ['restart-container'], handler: 'restart-container', target });
  const anew = pod({ readySince: at(2), containers: [container({ startedAt: at(1) })] });

  test('a container that was restarted in place has to have started anew and be ready', () => {
    expect(stateOf(restarted, [pod()], 60)).toBe('waiting');
    expect(stateOf(restarted, [pod()], 120)).toBe('timed-out');
    expect(stateOf(restarted, [anew], 21)).toBe('waiting');
    expect(stateOf(restarted, [anew], 22)).toBe('healthy');
  });

  test('in place a fault from before the act is the old one, and one from after it shows that it did not help', () => {
    const fault = (seconds: number) => [finding({ pod: anew, faultAt: at(seconds) })];
    expect(stateOf(restarted, [anew], 10, fault(0))).toBe('waiting');
    expect(stateOf(restarted, [anew], 10, fault(2))).toBe('ineffective');
  });

  test('a pod that went while its container was restarted is waited for like any other', () => {
    const replacement = pod({ uid: 'pod-2', createdAt: at(3), readySince: at(4) });
    expect(stateOf(restarted, [replacement], 24)).toBe('healthy');
  });

  test('a rollout is over when every pod is a new one', () => {
    const rolled = acted({ kinds: ['restart-rollout'], handler: 'rollout-restart', target: deployment });
    const fresh = pod({ uid: 'pod-2', createdAt: at(3), readySince: at(4) });
    expect(stateOf(rolled, [fresh, pod()], 60)).toBe('waiting');
    expect(stateOf(rolled, [fresh], 24)).toBe('healthy');
    expect(stateOf(rolled, [fresh], 10, [finding({ pod: fresh, faultAt: at(5) })])).toBe('ineffective');
  });

  test('a surge is over when there are as many pods as were asked for, all of them well', () => {
    const surge = { target: deployment, from: 1, to: 2, until: microTime(at(600)) };
    const scaled = acted({ kinds: ['scale-replicas'], handler: 'scale-replicas', target: deployment }, { surge });
    const more = pod({ uid: 'pod-2', createdAt: at(3), readySince: at(4) });
    expect(stateOf(scaled, [pod()], 60)).toBe('waiting');
    expect(stateOf(scaled, [pod(), more], 24)).toBe('healthy');
    expect(stateOf(scaled, [failingPod(), more], 24, [finding()])).toBe('waiting');
  });
});
