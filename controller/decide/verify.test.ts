import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { actedIncident, failingPod, limits, noon, pod, snapshot } from '#test/support/snapshots.ts';
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
