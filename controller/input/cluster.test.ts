import { afterEach, expect, test } from 'vitest';
import { eventually } from '#test/support/loopback-api.ts';
import { object, opted, owned, playCluster, world, type PlayedCluster } from '#test/support/played-cluster.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';

let played: PlayedCluster | undefined;

afterEach(() => played?.stop());

async function start(more: Readonly<Record<string, readonly KubeObject[]>> = {}): Promise<PlayedCluster> {
  played = await playCluster({ ...world, ...more });
  return played;
}

const paused = { annotations: { 'infra-autopilot.io/paused': 'true' } };

test('keeps the pods of opted-in namespaces and finds their workloads', async () => {
  const { cluster } = await start();
  const seen = cluster.snapshotOf('web-uid');
  expect(seen).toMatchObject({
    namespace: 'shop',
    mode: 'enabled',
    workload: { kind: 'Deployment', name: 'web' },
    pausedBy: undefined,
    owner: { reference: { name: 'web' } },
    cluster: {
      namespaceWorkloads: 1,
      clusterWorkloads: 1,
      podsOfNodes: new Map([['node-a', { pods: 1, failing: 1 }]]),
    },
  });
  expect(seen?.pods.map(({ name }) => name)).toEqual(['web-abc-1']);
  expect(seen?.replicaSets.map(({ name }) => name)).toEqual(['web-abc']);
  expect(seen?.nodes.get('node-a')?.ready).toBe(true);
  expect([cluster.podByUid('vault-1-uid'), cluster.podByUid('dns-1-uid')]).toEqual([undefined, undefined]);
  expect([...cluster.workloads()]).toEqual([{ uid: 'web-uid', namespace: 'shop' }]);
});

test('names no workload before everything was listed, and every one after', async () => {
  const { looked } = await start();
  expect(new Set(looked)).toContain('web-uid');
});

test('names every workload again when asked to', async () => {
  const { cluster, looked } = await start({ deployments: [object('shop', 'web'), object('shop', 'no-pods-yet')] });
  looked.length = 0;
  cluster.enqueueAll();
  expect(new Set(looked)).toEqual(new Set(['web-uid', 'no-pods-yet-uid', 'controller-uid']));
});

test('knows a workload that has no pods, and takes no part of one for one', async () => {
  const { cluster } = await start({ pods: [] });
  expect(cluster.snapshotOf('web-uid')).toMatchObject({ namespace: 'shop', pods: [], workload: { name: 'web' } });
  expect(cluster.snapshotOf('web-abc-uid')).toBeUndefined();
});

test('never opts in the release’s own or an excluded namespace, whatever its label says', async () => {
  const { cluster } = await start();
  expect(cluster.snapshotOf('controller-uid')?.mode).toBe('disabled');
  expect(cluster.snapshotOf('dns-uid')).toBeUndefined();
});

test('asks for no more than it needs', async () => {
  const { requests } = await start();
  const asked = new Map<string, Set<string>>();
  for (const { url, accept } of requests) {
    const kinds = asked.get(url.pathname) ?? new Set();
    asked.set(url.pathname, kinds.add(/as=(\w+)/.exec(accept)?.[1] ?? 'whole objects'));
  }
  const metadataAlone = new Set(['PartialObjectMetadataList', 'PartialObjectMetadata']);
  const whole = new Set(['whole objects']);
  expect(Object.fromEntries(asked)).toEqual({
    '/api/v1/namespaces': metadataAlone,
    '/api/v1/nodes': whole,
    '/apis/apps/v1/replicasets': whole,
    '/apis/apps/v1/deployments': whole,
    '/apis/apps/v1/statefulsets': whole,
    '/apis/apps/v1/daemonsets': whole,
    '/apis/batch/v1/jobs': metadataAlone,
    '/apis/autoscaling/v2/horizontalpodautoscalers': whole,
    '/apis/policy/v1/poddisruptionbudgets': whole,
    '/api/v1/events': whole,
    '/api/v1/pods': whole,
    '/apis/infra-autopilot.io/v1alpha1/remediationpolicies': whole,
    '/apis/infra-autopilot.io/v1alpha1/clusterremediationpolicies': whole,
    '/apis/infra-autopilot.io/v1alpha1/incidents': whole,
  });
  const selectors = requests.filter(({ url }) => url.pathname.endsWith('/events'));
  expect(new Set(selectors.map(({ url }) => url.searchParams.get('fieldSelector')))).toEqual(new Set(['type=Warning']));
});

test('sees the pods of a namespace that is opted in later', async () => {
  const { cluster, change, looked } = await start();
  change('namespaces', object(undefined, 'bank', opted('observe')));
  await eventually('pod seen', () => cluster.podByUid('vault-1-uid') !== undefined);
  expect(cluster.snapshotOf('vault-uid')?.mode).toBe('observe');
  expect(looked).toContain('vault-uid');
});

test('looks at every workload of a namespace whose mode changed', async () => {
  const { cluster, change, looked } = await start();
  looked.length = 0;
  change('namespaces', object(undefined, 'shop', opted('observe')));
  await eventually('looked', () => looked.includes('web-uid'));
  expect(cluster.snapshotOf('web-uid')?.mode).toBe('observe');
});

const pauses: readonly [name: string, resource: string, changed: KubeObject, by: string][] = [
  ['the namespace', 'namespaces', object(undefined, 'shop', { ...opted('enabled'), ...paused }), 'namespace'],
  ['the owner', 'deployments', object('shop', 'web', paused), 'owner'],
  ['the release’s Deployment', 'deployments', object('release', 'controller', paused), 'release'],
  ['the release’s namespace', 'namespaces', object(undefined, 'release', paused), 'release'],
];

test.each(pauses)('sees a pause on %s at once', async (_name, resource, changed, by) => {
  const { cluster, change, looked } = await start();
  looked.length = 0;
  change(resource, changed);
  await eventually('looked', () => looked.includes('web-uid'));
  expect(cluster.snapshotOf('web-uid')?.pausedBy).toBe(by);
});

test('sees the kill switch of a release that is a StatefulSet too', async () => {
  const pods = [...(world['pods'] ?? []).slice(0, 1), object('release', 'controller-1', owned('StatefulSet', 'own'))];
  const { cluster, change } = await start({ pods });
  change('statefulsets', object('release', 'own', paused));
  await eventually('paused', () => cluster.snapshotOf('web-uid')?.pausedBy === 'release');
});
