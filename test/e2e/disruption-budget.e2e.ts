import { expect } from 'vitest';
import { hangSecondsAnnotation, shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentSawSuccess } from './support/agent.ts';
import type { Cluster } from './support/cluster.ts';
import { actedIncident, heldIncident, resolvedIncident } from './support/incidents.ts';
import { appStatus, injectFault, livePods, onlyReadyPod, uidsOf } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('an eviction that a disruption budget refuses is said to be blocked, and not forced', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await makeBudget(cluster, name, 'one');
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'eviction-blocked');

  // The API server's own sentence, which names the budget.
  expect(status?.message).toContain('disruption budget');
  expect(status?.message).toContain('one');
  expect(status).toMatchObject({ attempts: 0, actions: [{ kinds: ['evict-pod'], result: 'refused' }] });
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);

  await cluster.policy.deleteNamespacedPodDisruptionBudget({ name: 'one', namespace: name });
  const healed = await actedIncident(cluster, name);
  expect(healed.status).toMatchObject({ attempts: 1, actions: [{ kinds: ['evict-pod'] }] });
});

test('a blocked pod that serves nobody is restarted where it is', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const ladder = { failureClasses: ['AppHung'], steps: [{ handler: 'restart-pod' }] };
  await createPolicy(cluster, name, { ...quick, ladders: [ladder] });
  await makeBudget(cluster, name, 'one');
  const pod = await startApp(cluster, name, {
    annotations: { [shareProcessNamespaceAnnotation]: 'true', [hangSecondsAnnotation]: '5' },
  });
  await agentSawSuccess(cluster, pod);
  await injectFault(cluster, pod, 'hang');
  const { status } = await resolvedIncident(cluster, name, 'AppHung');

  const done = status?.actions?.filter(({ result }) => result === 'done');
  expect(done).toMatchObject([{ kinds: ['restart-container'], target: { uid: pod.metadata?.uid }, helped: true }]);
  expect(status?.timeline.map(({ reason }) => reason)).toContain('eviction-blocked');
  const healed = await onlyReadyPod(cluster, name);
  expect(healed.metadata?.uid).toBe(pod.metadata?.uid);
  expect(appStatus(healed)?.restartCount).toBe(1);
});

test('of two budgets on one pod, which make every eviction fail, people are told', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  await makeBudget(cluster, name, 'one');
  await makeBudget(cluster, name, 'two');
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'two-budgets');
  expect(status?.message).toMatch(/one and two|two and one/);
  expect(status).toMatchObject({ attempts: 0 });
  expect(status?.actions ?? []).toEqual([]);
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);
});

/** With one replica that fails, it has no disruption to give away. */
async function makeBudget({ policy }: Cluster, namespace: string, name: string): Promise<void> {
  await policy.createNamespacedPodDisruptionBudget({
    namespace,
    body: { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'app' } } } },
  });
}
