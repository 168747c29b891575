import { afterEach, expect, test } from 'vitest';
import { eventually } from '#test/support/loopback-api.ts';
import { object, opted, owned, playCluster, world, type PlayedCluster } from '#test/support/played-cluster.ts';
import { incident } from '#test/support/snapshots.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';

let played: PlayedCluster | undefined;

afterEach(() => played?.stop());

async function start(more: Readonly<Record<string, readonly KubeObject[]>> = {}): Promise<PlayedCluster> {
  played = await playCluster({ ...world, ...more });
  played.looked.length = 0;
  return played;
}

const node = (status: string, heartbeat: string): KubeObject => {
  const ready = { type: 'Ready', status, lastHeartbeatTime: heartbeat, lastTransitionTime: '2026-01-01T00:00:00Z' };
  return object(undefined, 'node-a', {}, { status: { conditions: [ready] } });
};

const mark = object('shop', 'mark', owned('DaemonSet', 'mark'));

/** Waits until a later change of another resource was seen too, so that what did not happen can be told. */
async function settle({ change, looked }: PlayedCluster): Promise<void> {
  change('pods', mark);
  await eventually('settled', () => looked.includes('mark-uid'));
}

test('looks at the workloads of a node that stops being ready, and not at each of its heartbeats', async () => {
  const view = await start({ nodes: [node('True', '2026-01-01T00:00:00Z')] });
  view.change('nodes', node('True', '2026-01-01T00:05:00Z'));
  await settle(view);
  expect(view.looked).not.toContain('web-uid');
  view.change('nodes', node('False', '2026-01-01T00:05:10Z'));
  await eventually('looked', () => view.looked.includes('web-uid'));
  expect(view.cluster.snapshotOf('web-uid')?.nodes.get('node-a')?.ready).toBe(false);
});

test('looks at the workloads that a policy may apply to', async () => {
  const { cluster, change, looked } = await start();
  change('remediationpolicies', object('shop', 'ours'));
  await eventually('looked', () => looked.includes('web-uid'));
  expect(cluster.snapshotOf('web-uid')?.policies.map(({ name }) => name)).toEqual(['ours']);
  looked.length = 0;
  const elsewhere = { spec: { namespaceSelector: { matchLabels: { team: 'back' } } } };
  change('clusterremediationpolicies', object(undefined, 'theirs', {}, elsewhere));
  await eventually('looked', () => looked.includes('web-uid'));
  expect(cluster.snapshotOf('web-uid')?.policies.map(({ name }) => name)).toEqual(['ours']);
  change('namespaces', object(undefined, 'shop', opted('enabled', { team: 'back' })));
  await eventually('selected', () => cluster.snapshotOf('web-uid')?.policies.length === 2);
  expect(cluster.allPolicies().map(({ name }) => name)).toEqual(['ours', 'theirs']);
});

const autoscaler = object(
  'shop',
  'web',
  {},
  {
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, minReplicas: 2, maxReplicas: 5 },
  },
);
const budget = object('shop', 'web', {}, { spec: { selector: {} }, status: { disruptionsAllowed: 1 } });

test('knows autoscalers and budgets, and looks only where an incident is open when they change', async () => {
  const view = await start();
  view.change('horizontalpodautoscalers', autoscaler);
  view.change('poddisruptionbudgets', budget);
  await eventually('seen', () => view.cluster.snapshotOf('web-uid')?.disruptionBudgets.length === 1);
  await eventually('seen', () => view.cluster.snapshotOf('web-uid')?.autoscaler?.maxReplicas === 5);
  await settle(view);
  expect(view.looked).not.toContain('web-uid');
  view.cluster.incidentWritten(incident());
  view.change('poddisruptionbudgets', { ...budget, status: { disruptionsAllowed: 0 } } as KubeObject);
  await eventually('looked', () => view.looked.includes('web-uid'));
});

const warning = (about: string, more: object = {}): KubeObject =>
  object(
    'shop',
    `event-${about}`,
    {},
    {
      type: 'Warning',
      reason: 'FailedMount',
      message: 'no such volume',
      involvedObject: { kind: 'Pod', uid: about },
      lastTimestamp: new Date().toISOString(),
      ...more,
    },
  );

test('looks at the workload that a warning is about', async () => {
  const { cluster, change, looked } = await start();
  change('events', warning('web-abc-1-uid'));
  await eventually('looked', () => looked.includes('web-uid'));
  change('events', warning('web-abc-uid', { involvedObject: { kind: 'ReplicaSet', uid: 'web-abc-uid' } }));
  await eventually('seen', () => cluster.snapshotOf('web-uid')?.events.size === 2);
  expect(cluster.snapshotOf('web-uid')?.events.get('web-abc-1-uid')?.[0]?.reason).toBe('FailedMount');
});

test('does not list everything again for a namespace that nobody opted in', async () => {
  const view = await start();
  const lists = () => view.requests.filter(({ url }) => url.pathname === '/api/v1/pods').length;
  const before = lists();
  view.change('namespaces', object(undefined, 'new'));
  view.change('namespaces', object(undefined, 'shop', opted('observe')));
  await eventually('looked', () => view.looked.includes('web-uid'));
  await settle(view);
  expect(lists()).toBe(before);
});

test('gives a namespace’s defaults to those of its pods that don’t say it themselves', async () => {
  const annotations = { 'infra-autopilot.io/hang-seconds': '5', 'infra-autopilot.io/local-data': 'disposable' };
  const volume = {
    spec: {
      volumes: [{ name: 'data', emptyDir: {} }],
      containers: [{ name: 'app', volumeMounts: [{ name: 'data' }] }],
    },
  };
  const { cluster } = await start({
    namespaces: [object(undefined, 'shop', { ...opted('enabled'), annotations })],
    pods: [
      object('shop', 'web-1', owned('ReplicaSet', 'web-abc'), volume),
      object('shop', 'web-2', {
        ...owned('ReplicaSet', 'web-abc'),
        annotations: { 'infra-autopilot.io/hang-seconds': '0.5' },
      }),
    ],
  });
  const pods = cluster.snapshotOf('web-uid')?.pods ?? [];
  expect(pods.map(({ hangSeconds, localData }) => [hangSeconds, localData])).toEqual([
    [5, []],
    [0.5, []],
  ]);
});

test('reads the resets of breakers from the namespace and the release’s', async () => {
  const annotations = { 'infra-autopilot.io/breaker-reset': '2026-01-01T12:00:00Z' };
  const { cluster, change, looked } = await start();
  change('namespaces', object(undefined, 'shop', { ...opted('enabled'), annotations }));
  await eventually('looked', () => looked.includes('web-uid'));
  looked.length = 0;
  change('namespaces', object(undefined, 'release', { annotations }));
  await eventually('looked', () => looked.includes('web-uid'));
  const at = Date.UTC(2026, 0, 1, 12);
  expect(cluster.snapshotOf('web-uid')?.cluster).toMatchObject({ namespaceResetAt: at, clusterResetAt: at });
});

test('shows what the agents of the pods said', async () => {
  const { cluster, reports } = await start();
  reports.take(
    {
      version: 1,
      pod: { namespace: 'shop', name: 'web-abc-1', uid: 'web-abc-1-uid' },
      agent: { version: '1', startedAt: '2026-01-01T12:00:00.000Z', sequence: 1 },
      sentAt: '2026-01-01T12:00:01.000Z',
      probes: [],
      powers: ['clear-cache'],
    },
    7,
  );
  expect(cluster.snapshotOf('web-uid')?.agents.get('web-abc-1-uid')?.powers).toEqual(['clear-cache']);
});
