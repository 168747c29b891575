import { expect } from 'vitest';
import { waitForIncident } from './support/incidents.ts';
import { injectFault, nameOf, readyPods } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { test } from './support/test.ts';
import { appStatefulSet } from './support/workloads.ts';

test('of two failing pods of a StatefulSet the lower ordinal is replaced first, the other once that one is healthy', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, quick);
  const options = { image: cluster.image('faulty-app'), disposable: true, replicas: 3 };
  await cluster.apps.createNamespacedStatefulSet({ namespace: name, body: appStatefulSet('app', options) });
  const [, second, third] = await readyPods(cluster, name, 3);
  if (second === undefined || third === undefined) throw new Error('there are no three pods');
  // The higher one breaks first, so that the order is not that of the faults.
  await injectFault(cluster, third, 'corrupt-state');
  await injectFault(cluster, second, 'corrupt-state');

  const { status } = await waitForIncident(cluster, name, 'two replaced pods', 120, ({ status: now }) => {
    return now?.phase === 'Resolved' && now.attempts === 2;
  });
  const [first, later] = status?.actions ?? [];
  expect([first?.target.name, later?.target.name]).toEqual([nameOf(second), nameOf(third)]);
  const uids = new Map((await readyPods(cluster, name, 3)).map((pod) => [nameOf(pod), pod]));
  const replaced = uids.get(nameOf(second));
  const readyAt = replaced?.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  // Pod status has a resolution of 1 s.
  expect(Date.parse(later?.intendedAt ?? '')).toBeGreaterThanOrEqual(readyAt?.getTime() ?? Infinity);
});
