import { expect } from 'vitest';
import { surgedByAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import { injectFault, isReady, livePods } from './support/pods.ts';
import { startApp } from './support/start-app.ts';
import { createSurgePolicy, endedSurge, surgedIncident } from './support/surge.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

test('a workload gets another replica for a while, and its own number back', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  await createSurgePolicy(cluster, name);
  const pod = await startApp(cluster, name);
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'fail-readiness');

  const surged = await surgedIncident(cluster, name);
  expect(surged.status?.surge).toMatchObject({ target: { kind: 'Deployment', name: 'app' }, from: 1, to: 2 });
  const raised = await cluster.apps.readNamespacedDeployment({ name: 'app', namespace: name });
  expect(raised.spec?.replicas).toBe(2);
  expect(raised.metadata?.annotations?.[surgedByAnnotation]).toBe(surged.metadata.name);
  await waitUntil('a second pod that serves', 60, async () => {
    const ready = (await livePods(cluster, name)).filter(isReady);
    return ready.length === 1 ? true : notYet(`${ready.length} ready`);
  });

  const { status } = await endedSurge(cluster, name);
  expect(status?.surge?.ended).toBe('restored');
  expect(Date.parse(status?.actions?.at(-1)?.intendedAt ?? '')).toBeGreaterThanOrEqual(
    Date.parse(status?.surge?.until ?? ''),
  );
  const restored = await cluster.apps.readNamespacedDeployment({ name: 'app', namespace: name });
  expect(restored.spec?.replicas).toBe(1);
  expect(restored.metadata?.annotations?.[surgedByAnnotation]).toBeUndefined();
});
