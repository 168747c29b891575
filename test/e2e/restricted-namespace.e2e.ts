import { expect } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import { onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a namespace under the restricted Pod Security Standard admits injected pods', async ({ cluster, namespace }) => {
  const name = await namespace('enabled', { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const pod = await onlyReadyPod(cluster, name);
  expect(pod.spec?.initContainers?.map((container) => container.name)).toEqual([agentContainerName]);
});
