import { expect, test } from 'vitest';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeTrustKeeper } from './trust-keeper.ts';

const { signal } = new AbortController();
const fine = { ok: true, status: 200, body: { metadata: { uid: 'role-uid' } } } as const;

function setUp(answer: (request: KubeRequest) => KubeAnswer<unknown> = () => fine) {
  const transport = scriptedTransport(answer);
  const results: string[] = [];
  const keeper = makeTrustKeeper({
    transport,
    log: makeLogger('test', 'silent'),
    clusterRole: 'pilot-controller',
    onResult: (result) => void results.push(result),
  });
  const round = async (wanted: readonly string[], found: Readonly<Record<string, string>> = {}): Promise<string[]> => {
    const before = transport.requests.length;
    await keeper.round({ wanted, found: new Map(Object.entries(found)), authorities: 'new' }, signal);
    return transport.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
  };
  return { round, results, requests: transport.requests };
}

const at = (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps/infra-autopilot-trust`;

test('writes where it is missing or old, removes where nobody is opted in, and leaves the rest alone', async () => {
  const { round, results } = setUp();
  const role = 'GET /apis/rbac.authorization.k8s.io/v1/clusterroles/pilot-controller';
  const found = { old: 'before', good: 'new', left: 'new' };
  expect(await round(['fresh', 'old', 'good'], found)).toEqual([
    role,
    `PATCH ${at('fresh')}`,
    `PATCH ${at('old')}`,
    `DELETE ${at('left')}`,
  ]);
  expect(results).toEqual(['written', 'written', 'removed']);
  expect(await round(['good'], { good: 'new' })).toEqual([]);
});

test('goes with the release: the ConfigMap belongs to its ClusterRole', async () => {
  const { round, requests } = setUp();
  await round(['shop']);
  expect(requests.at(-1)).toMatchObject({
    contentType: 'application/apply-patch+yaml',
    query: { fieldManager: 'infra-autopilot', force: true },
    body: {
      metadata: {
        name: 'infra-autopilot-trust',
        ownerReferences: [{ kind: 'ClusterRole', name: 'pilot-controller', uid: 'role-uid' }],
      },
      data: { 'ca.crt': 'new' },
    },
  });
});

test('a refusal in one namespace holds up no other, and a namespace that is gone is no failure', async () => {
  const { round, results } = setUp(({ path }) => {
    if (path.includes('/closed/')) return refusal(403);
    return path.includes('/gone/') ? refusal(404) : fine;
  });
  await round(['closed', 'gone', 'shop'], { gone: 'before' });
  expect(results).toEqual(['failed', 'written', 'written']);
});

test('writes a hundred namespaces in a round at most', async () => {
  const { round, results } = setUp();
  await round(Array.from({ length: 250 }, (_none, index) => `n-${index}`));
  expect(results).toHaveLength(100);
});
