import { expect, onTestFinished } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import { agentContainerName } from '#contract/annotations.ts';
import { dueLeaf } from '#test/support/due-leaf.ts';
import { agentLog, agentSawSuccess } from '../support/agent.ts';
import { readSecret, secretKeys, writeSecret } from '../support/certificate-secret.ts';
import type { Cluster } from '../support/cluster.ts';
import { nameOf } from '../support/pods.ts';
import { releasePods } from '../support/release.ts';
import { watchReports } from '../support/report-gaps.ts';
import { rollControllers } from '../support/roll-release.ts';
import { handOutNextAuthority, isSignedBy } from '../support/rotation.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

/** A report comes each 4 to 6 s: one more is missing at most. */
const heldSeconds = 12;

/** While all controllers are replaced, the next leader's start included. */
const rolledSeconds = 30;

test('an agent that was born under the last authority goes on reporting when authority, leaf and controllers are new', async ({
  cluster,
  namespace,
}) => {
  const pod = await startApp(cluster, await namespace('enabled'));
  await agentSawSuccess(cluster, pod);
  const reports = watchReports(cluster, pod);
  onTestFinished(() => reports.stop());
  const old = {
    cert: await readSecret(cluster, 'webhook', secretKeys.authorities),
    key: await readSecret(cluster, 'webhook', secretKeys.authorityKey),
  };

  const next = await handOutNextAuthority(cluster);
  // A day like any other for the webhook: the leaf has come to its last third just after the authority had.
  const due = await dueLeaf(old, await readSecret(cluster, 'controller', secretKeys.cert), Date.now());
  await writeSecret(cluster, 'controller', { [secretKeys.cert]: due.cert, [secretKeys.key]: due.key });
  await waitUntil('a leaf of the new authority for the controllers', 300, async () =>
    isSignedBy(next, await readSecret(cluster, 'controller', secretKeys.cert)) ? true : notYet('one of the old'),
  );
  await controllersSwapped(cluster, new Date());
  expect(reports.takeLongestSeconds(), 'seconds without a report until the new leaf was served').toBeLessThan(
    heldSeconds,
  );
  expect(reports.counts().failed, 'reports that failed meanwhile').toBe(0);

  // Only a new connection has to be vouched for by the new authority.
  await rollControllers(cluster);
  const { sent } = reports.counts();
  await waitUntil('reports to the new controllers', 60, async () =>
    reports.counts().sent > sent + 1 ? true : notYet(await agentLog(cluster, pod)),
  );
  expect(reports.takeLongestSeconds(), 'seconds without a report while the controllers were replaced').toBeLessThan(
    rolledSeconds,
  );

  const now = await cluster.core.readNamespacedPod({ name: nameOf(pod), namespace: pod.metadata?.namespace ?? '' });
  const agent = now.spec?.initContainers?.find(({ name }) => name === agentContainerName);
  const bornWith = agent?.env?.find(({ name }) => name === agentVariables.authorities)?.value;
  expect(bornWith, 'what injection wrote').toContain('-----BEGIN CERTIFICATE-----');
  expect(bornWith, 'what injection wrote').not.toContain(next.trim());
  const status = now.status?.initContainerStatuses?.find(({ name }) => name === agentContainerName);
  expect([now.metadata?.uid, status?.restartCount]).toEqual([pod.metadata?.uid, 0]);
});

/** Waits until each controller has put another certificate into service since a moment, by its own log. */
async function controllersSwapped(cluster: Cluster, since: Date): Promise<void> {
  const namespace = cluster.settings.releaseNamespace;
  await waitUntil('the new leaf in service', 90, async () => {
    const pods = await releasePods(cluster, 'controller');
    const sinceSeconds = Math.ceil((Date.now() - since.getTime()) / 1000) + 1;
    const logs = await Promise.all(
      pods.map((pod) => cluster.core.readNamespacedPodLog({ name: nameOf(pod), namespace, sinceSeconds })),
    );
    const swapped = logs.filter((log) => log.includes('serving certificate changed')).length;
    return swapped === pods.length ? true : notYet(`in ${swapped} of ${pods.length}`);
  });
}
