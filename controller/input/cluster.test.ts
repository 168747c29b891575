import type http from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { eventually, sendJson, startLoopbackApi, type LoopbackApi } from '#test/support/loopback-api.ts';
import { systemClock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeCluster, type Cluster } from './cluster.ts';
import { makeReportStore } from './report-store.ts';

let api: LoopbackApi | undefined;
let transport: KubeTransport | undefined;
let cluster: Cluster | undefined;

afterEach(async () => {
  await cluster?.stop();
  transport?.close();
  await api?.stop();
});

const owner = (kind: string, name: string, apiVersion = 'apps/v1') => ({
  apiVersion,
  kind,
  name,
  uid: `${name}-uid`,
  controller: true,
});

function object(namespace: string | undefined, name: string, more: KubeObject['metadata'] = {}): KubeObject {
  return {
    metadata: {
      ...(namespace === undefined ? {} : { namespace }),
      name,
      uid: `${name}-uid`,
      resourceVersion: '1',
      ...more,
    },
  };
}

const opted = (mode: string) => ({ labels: { 'infra-autopilot.io/autopilot': mode } });
const paused = { annotations: { 'infra-autopilot.io/paused': 'true' } };

/** Plays an API server that holds these objects and brings changes by watch. */
async function start(objects: Readonly<Record<string, readonly KubeObject[]>>) {
  const current = new Map(Object.entries(objects));
  const watches = new Map<string, http.ServerResponse>();
  const looked: string[] = [];
  api = await startLoopbackApi(({ url }, response) => {
    const resource = url.pathname.split('/').at(-1) ?? '';
    if (url.searchParams.get('watch') !== 'true') {
      sendJson(response, 200, { metadata: { resourceVersion: '10' }, items: current.get(resource) ?? [] });
      return;
    }
    response.writeHead(200);
    response.flushHeaders();
    watches.set(resource, response);
  });
  transport = await makeKubeTransport(api.config);
  const made = makeCluster({
    transport,
    clock: systemClock,
    random: Math.random,
    log: makeLogger('test', 'silent'),
    releaseNamespace: 'release',
    ownPodName: 'controller-1',
    reports: makeReportStore(),
    onWorkload: (uid) => looked.push(uid),
  });
  cluster = made;
  made.start();
  await eventually('everything listed and watched', () => made.notReady() === undefined && watches.size === 7);
  const change = (resource: string, changed: KubeObject): void => {
    current.set(resource, [
      ...(current.get(resource) ?? []).filter(({ metadata }) => metadata?.name !== changed.metadata?.name),
      changed,
    ]);
    const event = {
      type: 'MODIFIED',
      object: { ...changed, metadata: { ...changed.metadata, resourceVersion: '11' } },
    };
    watches.get(resource)?.write(`${JSON.stringify(event)}\n`);
  };
  return { cluster: made, looked, change, requests: api.requests };
}

const world = {
  namespaces: [
    object(undefined, 'shop', opted('enabled')),
    object(undefined, 'bank', opted('disabled')),
    object(undefined, 'kube-system', opted('enabled')),
    object(undefined, 'release', opted('enabled')),
  ],
  deployments: [object('shop', 'web'), object('release', 'controller')],
  replicasets: [
    object('shop', 'web-abc', { ownerReferences: [owner('Deployment', 'web')] }),
    object('release', 'controller-abc', { ownerReferences: [owner('Deployment', 'controller')] }),
  ],
  pods: [
    object('shop', 'web-abc-1', { ownerReferences: [owner('ReplicaSet', 'web-abc')] }),
    object('bank', 'vault-1', { ownerReferences: [owner('StatefulSet', 'vault')] }),
    object('kube-system', 'dns-1', { ownerReferences: [owner('DaemonSet', 'dns')] }),
    object('release', 'controller-1', { ownerReferences: [owner('ReplicaSet', 'controller-abc')] }),
  ],
};

test('keeps the pods of opted-in namespaces and finds their workloads', async () => {
  const { cluster: view } = await start(world);
  const seen = view.snapshotOf('web-uid');
  expect(seen).toMatchObject({
    namespace: 'shop',
    mode: 'enabled',
    workload: { kind: 'Deployment', name: 'web' },
    pausedBy: undefined,
  });
  expect(seen?.pods.map(({ name }) => name)).toEqual(['web-abc-1']);
  expect([view.podByUid('vault-1-uid'), view.podByUid('dns-1-uid')]).toEqual([undefined, undefined]);
});

test('names no workload before everything was listed, and every one after', async () => {
  const { looked } = await start(world);
  expect(new Set(looked)).toContain('web-uid');
});

test('never opts in the release’s own or an excluded namespace, whatever its label says', async () => {
  const { cluster: view } = await start(world);
  expect(view.snapshotOf('controller-uid')?.mode).toBe('disabled');
  expect(view.snapshotOf('dns-uid')).toBeUndefined();
});

test('asks for the metadata of owners and namespaces alone', async () => {
  const { requests } = await start(world);
  const asked = new Map<string, Set<string>>();
  for (const { url, accept } of requests) {
    const kinds = asked.get(url.pathname) ?? new Set();
    asked.set(url.pathname, kinds.add(/as=(\w+)/.exec(accept)?.[1] ?? 'whole objects'));
  }
  const metadataAlone = new Set(['PartialObjectMetadataList', 'PartialObjectMetadata']);
  const whole = new Set(['whole objects']);
  expect(Object.fromEntries(asked)).toEqual({
    '/api/v1/namespaces': metadataAlone,
    '/apis/apps/v1/replicasets': metadataAlone,
    '/apis/apps/v1/deployments': metadataAlone,
    '/apis/apps/v1/statefulsets': metadataAlone,
    '/apis/apps/v1/daemonsets': metadataAlone,
    '/api/v1/pods': whole,
    '/apis/infra-autopilot.io/v1alpha1/incidents': whole,
  });
});

test('sees the pods of a namespace that is opted in later', async () => {
  const { cluster: view, change, looked } = await start(world);
  change('namespaces', object(undefined, 'bank', opted('observe')));
  await eventually('pod seen', () => view.podByUid('vault-1-uid') !== undefined);
  expect(view.snapshotOf('vault-uid')?.mode).toBe('observe');
  expect(looked).toContain('vault-uid');
});

test('looks at every workload of a namespace whose mode changed', async () => {
  const { cluster: view, change, looked } = await start(world);
  looked.length = 0;
  change('namespaces', object(undefined, 'shop', opted('observe')));
  await eventually('looked', () => looked.includes('web-uid'));
  expect(view.snapshotOf('web-uid')?.mode).toBe('observe');
});

const pauses: readonly [name: string, resource: string, changed: KubeObject, by: string][] = [
  ['the namespace', 'namespaces', object(undefined, 'shop', { ...opted('enabled'), ...paused }), 'namespace'],
  ['the owner', 'deployments', object('shop', 'web', paused), 'owner'],
  ['the release’s Deployment', 'deployments', object('release', 'controller', paused), 'release'],
  ['the release’s namespace', 'namespaces', object(undefined, 'release', paused), 'release'],
];

test.each(pauses)('sees a pause on %s at once', async (_name, resource, changed, by) => {
  const { cluster: view, change, looked } = await start(world);
  looked.length = 0;
  change(resource, changed);
  await eventually('looked', () => looked.includes('web-uid'));
  expect(view.snapshotOf('web-uid')?.pausedBy).toBe(by);
});
