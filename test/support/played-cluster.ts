import type http from 'node:http';
import { systemClock } from '#runtime/clock.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { watchedResources } from '#contract/vocabulary.ts';
import { makeCluster, type Cluster } from '../../controller/input/cluster.ts';
import { makeReportStore, type ReportStore } from '../../controller/input/report-store.ts';
import type { PolicySnapshot } from '../../controller/model/policy.ts';
import { eventually, sendJson, startLoopbackApi, type LoopbackRequest } from './loopback-api.ts';

/** An object as it comes over the wire; what a test needs beside the metadata is added to it. */
export function object(
  namespace: string | undefined,
  name: string,
  metadata: KubeObject['metadata'] = {},
  more: object = {},
): KubeObject {
  const own = { name, uid: `${name}-uid`, resourceVersion: '1' };
  return { metadata: { ...(namespace === undefined ? {} : { namespace }), ...own, ...metadata }, ...more };
}

/** Metadata of what a controller owns. */
export function owned(kind: string, name: string, apiVersion = 'apps/v1'): NonNullable<KubeObject['metadata']> {
  return { ownerReferences: [{ apiVersion, kind, name, uid: `${name}-uid`, controller: true }] };
}

/** Metadata of a namespace that is opted in. */
export function opted(
  mode: string,
  labels: Readonly<Record<string, string>> = {},
): NonNullable<KubeObject['metadata']> {
  return { labels: { 'infra-autopilot.io/autopilot': mode, ...labels } };
}

/** A policy with nothing in it but what selects. */
function emptyPolicy({ metadata, ...rest }: KubeObject): PolicySnapshot {
  const { spec } = rest as { readonly spec?: Partial<PolicySnapshot> };
  return {
    scope: metadata?.namespace === undefined ? 'cluster' : 'namespace',
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
    uid: metadata?.uid ?? '',
    generation: 1,
    createdAt: 0,
    selector: {},
    mode: 'Act',
    ladders: new Map(),
    windows: [],
    driftAllowed: false,
    localDataDisposable: false,
    recreate: 'Never',
    problems: [],
    ...spec,
  };
}

/** A real view of a played cluster, and what is to be seen of both. */
export interface PlayedCluster {
  readonly cluster: Cluster;
  readonly reports: ReportStore;
  /** Workloads that the view said should be looked at. */
  readonly looked: string[];
  readonly requests: readonly LoopbackRequest[];
  /** Changes or adds an object, as every watch of its resource is told. */
  readonly change: (resource: string, changed: KubeObject) => void;
  stop(): Promise<void>;
}

/** Plays an API server that holds these objects and brings changes by watch; resolves when the view has seen them all. */
export async function playCluster(objects: Readonly<Record<string, readonly KubeObject[]>>): Promise<PlayedCluster> {
  const current = new Map(Object.entries(objects));
  const watches = new Map<string, http.ServerResponse>();
  const looked: string[] = [];
  let version = 10;
  const api = await startLoopbackApi(({ url }, response) => {
    const resource = url.pathname.split('/').at(-1) ?? '';
    if (url.searchParams.get('watch') !== 'true') {
      sendJson(response, 200, { metadata: { resourceVersion: '10' }, items: current.get(resource) ?? [] });
      return;
    }
    response.writeHead(200);
    response.flushHeaders();
    watches.set(resource, response);
  });
  const transport = await makeKubeTransport(api.config);
  const reports = makeReportStore();
  const cluster = makeCluster({
    transport,
    clock: systemClock,
    random: Math.random,
    log: makeLogger('test', 'silent'),
    releaseNamespace: 'release',
    ownPodName: 'controller-1',
    reports,
    projectPolicy: emptyPolicy,
    onWorkload: (uid) => looked.push(uid),
  });
  cluster.start();
  await eventually(
    'everything listed and watched',
    () => cluster.notReady() === undefined && watches.size === watchedResources.length,
  );
  return {
    cluster,
    reports,
    looked,
    requests: api.requests,
    change: (resource, changed) => {
      version += 1;
      const newer = { ...changed, metadata: { ...changed.metadata, resourceVersion: String(version) } };
      const others = (current.get(resource) ?? []).filter(({ metadata }) => metadata?.name !== changed.metadata?.name);
      current.set(resource, [...others, newer]);
      watches.get(resource)?.write(`${JSON.stringify({ type: 'MODIFIED', object: newer })}\n`);
    },
    stop: async () => {
      await cluster.stop();
      transport.close();
      await api.stop();
    },
  };
}

/** A Deployment `web` with one pod in an opted-in namespace, the release itself, and namespaces that are not touched. */
export const world: Readonly<Record<string, readonly KubeObject[]>> = {
  namespaces: [
    object(undefined, 'shop', opted('enabled', { team: 'front' })),
    object(undefined, 'bank', opted('disabled')),
    object(undefined, 'kube-system', opted('enabled')),
    object(undefined, 'release', opted('enabled')),
  ],
  deployments: [object('shop', 'web'), object('release', 'controller')],
  replicasets: [
    object('shop', 'web-abc', owned('Deployment', 'web')),
    object('release', 'controller-abc', owned('Deployment', 'controller')),
  ],
  nodes: [object(undefined, 'node-a', {}, { status: { conditions: [{ type: 'Ready', status: 'True' }] } })],
  pods: [
    object('shop', 'web-abc-1', owned('ReplicaSet', 'web-abc'), { spec: { nodeName: 'node-a' } }),
    object('bank', 'vault-1', owned('StatefulSet', 'vault')),
    object('kube-system', 'dns-1', owned('DaemonSet', 'dns')),
    object('release', 'controller-1', owned('ReplicaSet', 'controller-abc')),
  ],
};
