import { expect } from 'vitest';
import { tokenMountPath, tokenVolumeName } from '#contract/admission.ts';
import { agentContainerName, injectedAnnotation } from '#contract/annotations.ts';
import { onlyReadyPod } from './support/pods.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

test('a pod of a labelled namespace carries the running agent, which holds only its own token', async ({
  cluster,
  namespace,
}) => {
  const labelled = await namespace('enabled');
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  await cluster.apps.createNamespacedDeployment({ namespace: labelled, body });
  const pod = await onlyReadyPod(cluster, labelled);

  const agent = pod.spec?.initContainers?.find(({ name }) => name === agentContainerName);
  expect(agent).toMatchObject({ restartPolicy: 'Always', image: cluster.image('agent') });
  expect(pod.metadata?.annotations?.[injectedAnnotation]).toBe(cluster.image('agent'));
  const status = pod.status?.initContainerStatuses?.find(({ name }) => name === agentContainerName);
  expect(status).toMatchObject({ started: true, restartCount: 0, state: { running: {} } });

  const mounts = agent?.volumeMounts?.filter(({ mountPath }) => mountPath.startsWith(tokenMountPath));
  expect(mounts?.map(({ name }) => name)).toEqual([tokenVolumeName]);
  const appMounts = pod.spec?.containers[0]?.volumeMounts?.filter(({ mountPath }) => mountPath === tokenMountPath);
  expect(appMounts?.map(({ name }) => name)).toEqual([expect.stringMatching(/^kube-api-access-/)]);
});

test('a pod of an unlabelled namespace stays as it is', async ({ cluster, namespace }) => {
  const unlabelled = await namespace(undefined);
  const body = appDeployment('app', { image: cluster.image('faulty-app') });
  await cluster.apps.createNamespacedDeployment({ namespace: unlabelled, body });
  const pod = await onlyReadyPod(cluster, unlabelled);
  expect(pod.spec?.initContainers).toBeUndefined();
  expect(pod.metadata?.annotations?.[injectedAnnotation]).toBeUndefined();
});
