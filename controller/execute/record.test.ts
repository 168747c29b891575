import { expect, test } from 'vitest';
import { incident } from '#test/support/snapshots.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { IncidentStatus } from '#contract/incident.ts';
import { makeIncidentRecorder } from './record.ts';

const { signal } = new AbortController();
const status = incident().status as IncidentStatus;
const target = { create: 'web-crash', spec: incident().spec };
const stored = incident();

test('creates with the workload as owner, then stores the status', async () => {
  const transport = scriptedTransport(() => ({ ok: true, status: 200, body: stored }));
  expect(await makeIncidentRecorder(transport).record('shop', target, status, signal)).toEqual({ recorded: stored });
  const [create, put] = transport.requests;
  expect(create?.body).toMatchObject({
    metadata: { ownerReferences: [{ uid: 'web-uid', blockOwnerDeletion: false }] },
  });
  expect(put).toMatchObject({
    method: 'PUT',
    path: '/apis/infra-autopilot.io/v1alpha1/namespaces/shop/incidents/web-crash/status',
  });
});

test('stores the first status only over the version that was just created', async () => {
  const transport = scriptedTransport(({ method }) =>
    method === 'PUT' ? refusal(409, 'Conflict') : { ok: true, status: 200, body: stored },
  );
  expect(await makeIncidentRecorder(transport).record('shop', target, status, signal)).toEqual({ conflict: stored });
  expect(transport.requests[1]?.body).toMatchObject({ metadata: { uid: 'incident-uid', resourceVersion: '7' } });
});

test('writes only over the version that the decision was made on', async () => {
  const transport = scriptedTransport(() => ({ ok: true, status: 200, body: stored }));
  await makeIncidentRecorder(transport).record('shop', { update: stored }, status, signal);
  expect(transport.requests[0]?.body).toMatchObject({ metadata: { resourceVersion: '7', uid: 'incident-uid' } });
});

test('tells of a conflict and of what is there now, when someone wrote first', async () => {
  const current = incident({ phase: 'Verifying' });
  const transport = scriptedTransport(({ method }) =>
    method === 'GET' ? { ok: true, status: 200, body: current } : refusal(409, 'Conflict'),
  );
  expect(await makeIncidentRecorder(transport).record('shop', { update: stored }, status, signal)).toEqual({
    conflict: current,
  });
});

test('takes an incident that exists already for a conflict and leaves its status alone', async () => {
  const transport = scriptedTransport(({ method }) =>
    method === 'GET' ? { ok: true, status: 200, body: stored } : refusal(409, 'AlreadyExists'),
  );
  expect(await makeIncidentRecorder(transport).record('shop', target, status, signal)).toEqual({ conflict: stored });
  expect(transport.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
});

test('throws where it may not write, so that nothing is done without a record', async () => {
  const transport = scriptedTransport(() => refusal(403));
  const written = makeIncidentRecorder(transport).record('shop', target, status, signal);
  await expect(written).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});
