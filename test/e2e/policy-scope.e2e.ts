import { expect } from 'vitest';
import { listIncidents, resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod, restartedAtLeast } from './support/pods.ts';
import { createPolicy } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('a policy that says Off holds in its own namespace and touches no other', async ({ cluster, namespace }) => {
  const [off, other] = [await namespace('enabled'), await namespace('enabled')];
  await createPolicy(cluster, off, { mode: 'Off', selector: {} });
  const [left, healed] = await Promise.all([startApp(cluster, off), startApp(cluster, other)]);
  await Promise.all([injectFault(cluster, left, 'corrupt-state'), injectFault(cluster, healed, 'corrupt-state')]);

  const { status } = await resolvedIncident(cluster, other);
  expect(status?.policy ?? '').toBe('');
  expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], result: 'done' }]);
  expect((await onlyReadyPod(cluster, other)).metadata?.uid).not.toBe(healed.metadata?.uid);
  // By now the first has failed for as long.
  await restartedAtLeast(cluster, left, 2);
  expect(await listIncidents(cluster, off)).toEqual([]);
});
