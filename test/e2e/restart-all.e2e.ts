import { expect } from 'vitest';
import { agentContainerName, hangSecondsAnnotation, restartAllAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import { resolvedIncident } from './support/incidents.ts';
import { appStatus, injectFault, recordPods, restartedAtLeast } from './support/pods.ts';
import { canRestartAll } from './support/release.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('an app that hangs beside an agent that sees no processes is restarted with all of its pod, in place', async ({
  cluster,
  namespace,
  skip,
}) => {
  skip(!(await canRestartAll(cluster)), 'the cluster lacks the feature gates of RESTART_ALL_CONTAINERS=1');
  const name = await namespace('enabled');
  const record = await recordPods(cluster, name);
  const pod = await startApp(cluster, name, {
    annotations: { [restartAllAnnotation]: 'true', [hangSecondsAnnotation]: '2' },
    // The kubelet would give up only after two minutes.
    container: {
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 120 },
    },
  });
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'hang');
  const { status } = await resolvedIncident(cluster, name, 'AppHung');
  const healed = await restartedAtLeast(cluster, pod, 1);
  await record.stop();

  expect(status?.actions).toMatchObject([{ kinds: ['restart-container'], result: 'done', helped: true }]);
  expect([...record.uids]).toEqual([pod.metadata?.uid]);
  expect(healed.status?.podIP).toBe(pod.status?.podIP);
  expect(appStatus(healed)?.containerID).not.toBe(appStatus(pod)?.containerID);
  const agent = healed.status?.initContainerStatuses?.find((one) => one.name === agentContainerName);
  expect(agent?.restartCount).toBe(1);
});
