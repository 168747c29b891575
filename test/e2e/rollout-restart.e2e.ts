import { expect } from 'vitest';
import { restartedAtAnnotation } from '#contract/annotations.ts';
import { resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('where chart and policy allow it, a workload is rolled out anew by its own rules', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const ladder = { failureClasses: ['CrashLoopBackOff'], steps: [{ handler: 'rollout-restart' }] };
  await createPolicy(cluster, name, { ...quick, allow: { drift: true }, ladders: [ladder] });
  const broken = await startApp(cluster, name);
  await injectFault(cluster, broken, 'corrupt-state');
  const { status } = await resolvedIncident(cluster, name);

  const { spec } = await cluster.apps.readNamespacedDeployment({ name: 'app', namespace: name });
  expect(spec?.template.metadata?.annotations?.[restartedAtAnnotation]).toBeDefined();
  expect(status?.policy).toBe(`${name}/policy`);
  expect(status?.actions).toMatchObject([
    {
      kinds: ['restart-rollout'],
      handler: 'rollout-restart',
      target: { kind: 'Deployment', name: 'app' },
      result: 'done',
    },
  ]);
  expect((await onlyReadyPod(cluster, name)).metadata?.uid).not.toBe(broken.metadata?.uid);
});

test('without the policy’s word nothing that people declared is changed', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const steps = [{ handler: 'rollout-restart' }, { handler: 'restart-pod' }];
  await createPolicy(cluster, name, { ...quick, ladders: [{ failureClasses: ['CrashLoopBackOff'], steps }] });
  await injectFault(cluster, await startApp(cluster, name), 'corrupt-state');
  const { status } = await resolvedIncident(cluster, name);
  const { metadata } = await cluster.apps.readNamespacedDeployment({ name: 'app', namespace: name });
  expect(metadata?.generation).toBe(1);
  expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], handler: 'restart-pod', step: 1 }]);
});
