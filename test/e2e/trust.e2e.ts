import { expect } from 'vitest';
import { autopilotLabel } from '#contract/annotations.ts';
import { trustConfigMapName, trustKey } from '#contract/trust.ts';
import type { Cluster } from './support/cluster.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

async function authoritiesIn({ core }: Cluster, namespace: string): Promise<string | undefined> {
  const { items } = await core.listNamespacedConfigMap({ namespace });
  return items.find(({ metadata }) => metadata?.name === trustConfigMapName)?.data?.[trustKey];
}

test('the agents’ authorities come with a namespace’s label, are repaired, and go with it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('observe');
  const appears = (): Promise<string> =>
    waitUntil('authorities', 30, async () => {
      const text = await authoritiesIn(cluster, name);
      return text?.startsWith('-----BEGIN CERTIFICATE-----') ? text : notYet(text ?? 'none');
    });
  const text = await appears();
  const body = { metadata: { name: trustConfigMapName }, data: { [trustKey]: 'spoilt' } };
  await cluster.core.replaceNamespacedConfigMap({ name: trustConfigMapName, namespace: name, body });
  expect(await appears()).toBe(text);
  const configMap = await cluster.core.readNamespacedConfigMap({ name: trustConfigMapName, namespace: name });
  expect(configMap.metadata?.ownerReferences).toMatchObject([{ kind: 'ClusterRole' }]);

  const path = `/api/v1/namespaces/${name}`;
  const labels = { metadata: { labels: { [autopilotLabel]: null } } };
  const contentType = 'application/merge-patch+json';
  const answer = await cluster.kube.request({ method: 'PATCH', path, contentType, body: labels });
  expect(answer.ok).toBe(true);
  await waitUntil('end of the authorities', 30, async () => {
    const now = await authoritiesIn(cluster, name);
    return now === undefined ? true : notYet('still there');
  });
});
