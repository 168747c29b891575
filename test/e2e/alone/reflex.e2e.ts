import { expect, onTestFinished } from 'vitest';
import { hangSecondsAnnotation, reflexAnnotation, shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from '../support/agent.ts';
import { injectFault, nameOf, restartedAtLeast } from '../support/pods.ts';
import { scaleMilliseconds, scaleRelease } from '../support/release.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const annotations = {
  [shareProcessNamespaceAnnotation]: 'true',
  [hangSecondsAnnotation]: '2',
};

test('while no controller runs, an app that hangs is restarted by its own agent where its pod wants that, and nowhere else', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  // The kubelet would give up only after two minutes.
  const livenessProbe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 120 };
  const wanted = { annotations: { ...annotations, [reflexAnnotation]: 'restart' }, container: { livenessProbe } };
  const pod = await startApp(cluster, name, wanted);
  const other = await startApp(cluster, name, { name: 'other', annotations, container: { livenessProbe } });
  await agentSawSuccess(cluster, pod);
  await agentSawSuccess(cluster, other);

  const replicas = await scaleRelease(cluster, 'controller', 0);
  onTestFinished(async () => void (await scaleRelease(cluster, 'controller', replicas)), scaleMilliseconds);
  await injectFault(cluster, pod, 'hang');
  await injectFault(cluster, other, 'hang');
  await restartedAtLeast(cluster, pod, 1);
  const left = await cluster.core.readNamespacedPod({ name: nameOf(other), namespace: name });
  expect(left.status?.containerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0]);

  await scaleRelease(cluster, 'controller', replicas);
  const told = await waitUntil('the agent’s own story', 90, async () => {
    const { items } = await cluster.core.listNamespacedEvent({ namespace: name });
    return items.find(({ reason }) => reason === 'LocalReflex') ?? notYet(`${items.length} other events`);
  });
  expect(told.involvedObject.name).toBe(nameOf(pod));
  expect(told.message).toContain('restarted container app');
});
