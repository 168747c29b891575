import { expect } from 'vitest';
import { resolvedIncident } from './support/incidents.ts';
import { injectFault } from './support/pods.ts';
import { conditionOf, offerPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

test('a policy that names a remedy of another version says so, and holds with the rest of it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const steps = [{ handler: 'resize-memory' }, { handler: 'restart-pod' }];
  await offerPolicy(cluster, name, { ...quick, ladders: [{ failureClasses: ['CrashLoopBackOff'], steps }] });
  const { message } = await conditionOf(cluster, name, 'policy', 'Accepted', 'False');
  expect(message).toContain('resize-memory');
  await injectFault(cluster, await startApp(cluster, name), 'corrupt-state');
  const { status } = await resolvedIncident(cluster, name);
  expect(status).toMatchObject({ policy: `${name}/policy`, actions: [{ handler: 'restart-pod' }] });
});

test('of two policies that are equally specific the older one holds, and the younger one says so', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await startApp(cluster, name);
  // Ages have a resolution of 1 s, and the names would decide within one.
  await offerPolicy(cluster, name, { mode: 'Observe' }, 'z-older');
  const made = Date.now();
  await waitUntil('another second', 5, async () => (Date.now() - made > 1_100 ? true : notYet('the same')));
  await offerPolicy(cluster, name, { mode: 'Observe' }, 'a-younger');
  const overridden = await conditionOf(cluster, name, 'a-younger', 'Effective', 'False');
  expect(overridden).toMatchObject({ reason: 'Overridden', message: expect.stringContaining(`${name}/z-older`) });
  await conditionOf(cluster, name, 'z-older', 'Effective', 'True');
});
