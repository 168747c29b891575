import { expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { makeLeaderLabel } from './leader-label.ts';

const role = 'infra-autopilot.io/role';
const { signal } = new AbortController();
const carriers = { items: [{ metadata: { name: 'me' } }, { metadata: { name: 'former' } }] };
const fine = ({ method }: KubeRequest): KubeAnswer<unknown> => ({
  ok: true,
  status: 200,
  body: method === 'GET' ? carriers : {},
});

function setUp(answer: (request: KubeRequest) => KubeAnswer<unknown>) {
  const transport = scriptedTransport(answer);
  const slept: number[] = [];
  const label = makeLeaderLabel({
    transport,
    clock: {
      now: () => 0,
      sleep: (milliseconds) => Promise.resolve(void slept.push(milliseconds)),
    },
    log: makeLogger('test', 'silent'),
    namespace: 'autopilot',
    podName: 'me',
  });
  return { transport, slept, label };
}

test('labels its own pod first and then takes the label from every other', async () => {
  const { transport, label } = setUp(fine);
  await label.acquire(signal);
  expect(transport.requests).toMatchObject([
    {
      method: 'PATCH',
      path: '/api/v1/namespaces/autopilot/pods/me',
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { [role]: 'leader' } } },
    },
    { method: 'GET', query: { labelSelector: `${role}=leader` } },
    { path: '/api/v1/namespaces/autopilot/pods/former', body: { metadata: { labels: { [role]: null } } } },
  ]);
  expect(transport.requests).toHaveLength(3);
});

test('does not mind a former leader whose pod is gone by now', async () => {
  const { label } = setUp((request) => (request.path.endsWith('/former') ? refusal(404) : fine(request)));
  await expect(label.acquire(signal)).resolves.toBeUndefined();
});

test('tries again with growing waits, and gives up with the reason', async () => {
  const { slept, label } = setUp(() => refusal(403));
  await expect(label.acquire(signal)).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
  expect(slept).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
});

test('labels nothing when leadership is already lost', async () => {
  const { transport, label } = setUp(fine);
  await label.acquire(AbortSignal.abort());
  expect(transport.requests).toEqual([]);
});

test('takes the label from its own pod when it stops, and stops as well where it can’t', async () => {
  const { transport, label } = setUp(() => refusal(500));
  await expect(label.release()).resolves.toBeUndefined();
  expect(transport.requests).toMatchObject([{ method: 'PATCH', body: { metadata: { labels: { [role]: null } } } }]);
});
