import { expect } from 'vitest';
import { hangSecondsAnnotation, shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import { resolvedIncident } from './support/incidents.ts';
import { appStatus, injectFault, onlyReadyPod, recordPods } from './support/pods.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('an app that hangs is restarted where it is: the same pod, a new container', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const record = await recordPods(cluster, name);
  const pod = await startApp(cluster, name, {
    annotations: { [shareProcessNamespaceAnnotation]: 'true', [hangSecondsAnnotation]: '2' },
    // The kubelet would give up only after two minutes.
    container: {
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 120 },
    },
  });
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'hang');
  const { status } = await resolvedIncident(cluster, name, 'AppHung');
  const healed = await onlyReadyPod(cluster, name);
  await record.stop();

  const { faultAt, detectedAt, actedAt } = status?.times ?? {};
  console.log(`last good answer ${faultAt}, seen ${detectedAt}, acted ${actedAt}`);
  expect(status?.attempts).toBe(1);
  expect(status?.actions).toMatchObject([
    {
      kinds: ['restart-container'],
      handler: 'restart-container',
      step: 0,
      target: { kind: 'Pod', uid: pod.metadata?.uid, container: 'app' },
      result: 'done',
      helped: true,
    },
  ]);
  expect(status).toMatchObject({ did: 'restart-container', took: expect.stringMatching(/^\d+\.\d+s$/) });
  expect(status?.evidence).toMatchObject({ cause: 'unresponsive', container: 'app', probe: 'liveness' });
  expect([...record.uids]).toEqual([pod.metadata?.uid]);
  expect(appStatus(healed)?.restartCount).toBe(1);
  expect(appStatus(healed)?.containerID).not.toBe(appStatus(pod)?.containerID);
  expect(healed.status?.initContainerStatuses?.map(({ restartCount }) => restartCount)).toEqual([0]);
});
