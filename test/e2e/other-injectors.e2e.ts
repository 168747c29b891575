import type { V1Container } from '@kubernetes/client-node';
import { expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import { podsMadeIn } from './support/audit.ts';
import type { Cluster } from './support/cluster.ts';
import { onlyReachable, startOtherInjector } from './support/other-injector.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('fault 24: between an injector that runs before and one that runs after, the agent is added once and each keeps its container', async ({
  cluster,
  namespace,
  skip,
}) => {
  const { settings } = cluster;
  skip(settings.provider !== 'embedded', onlyReachable);
  const name = await namespace('enabled');
  const earlier = {
    name: 'earlier-injector',
    field: 'containers',
    container: beside(cluster, 'earlier', 8090),
  } as const;
  const sidecar = beside(cluster, 'later', 8091, 'Always');
  const later = { name: 'later-injector', field: 'initContainers', container: sidecar } as const;
  onTestFinished(await startOtherInjector(cluster, name, earlier));
  onTestFinished(await startOtherInjector(cluster, name, later));

  const { spec, status } = await startApp(cluster, name);
  expect(spec?.containers.map((container) => container.name)).toEqual(['earlier', 'app']);
  expect(spec?.initContainers?.map((container) => container.name)).toEqual(['later', agentContainerName]);
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  expect(statuses.map(({ ready, restartCount }) => [ready, restartCount])).toEqual(statuses.map(() => [true, 0]));

  const [made] = await podsMadeIn(settings, name);
  expect(roundsIn(made?.annotations ?? {})).toEqual([
    'round 0: earlier-injector changed it',
    'round 0: infra-autopilot-webhook changed it',
    'round 0: later-injector changed it',
    'round 1: infra-autopilot-webhook left it',
  ]);
});

function beside(cluster: Cluster, name: string, port: number, restartPolicy?: 'Always'): V1Container {
  return {
    name,
    image: cluster.image('sink'),
    imagePullPolicy: 'IfNotPresent',
    env: [{ name: 'SINK_PORT', value: String(port) }],
    readinessProbe: { httpGet: { path: '/healthz', port }, periodSeconds: 1 },
    resources: { requests: { cpu: '1m' }, limits: { memory: '128Mi' } },
    ...(restartPolicy ? { restartPolicy } : {}),
  };
}

/** Which webhooks the API server called for a pod, in its order, by what it wrote down itself. */
function roundsIn(annotations: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(annotations)
    .flatMap(([key, value]) => {
      const [, round, index] = /^mutation\.webhook\.admission\.k8s\.io\/round_(\d+)_index_(\d+)$/.exec(key) ?? [];
      if (round === undefined) return [];
      const { configuration, mutated } = JSON.parse(value) as {
        readonly configuration: string;
        readonly mutated: boolean;
      };
      const order = Number(round) * 1000 + Number(index);
      return [{ order, text: `round ${round}: ${configuration} ${mutated ? 'changed' : 'left'} it` }];
    })
    .toSorted((one, other) => one.order - other.order)
    .map(({ text }) => text);
}
