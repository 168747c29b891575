import { expect, onTestFinished } from 'vitest';
import type { Cluster } from '../support/cluster.ts';
import { upgradeRelease } from '../support/helm.ts';
import { carriesAgent, tryPod, untilInjection } from '../support/injection.ts';
import { isReady, nameOf } from '../support/pods.ts';
import { releasePods } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const missing = 'autopilot_certificate_secrets_missing{certificate="webhook"}';
const restoreMilliseconds = 240_000;

test('fault 28: while the webhook’s Secret is deleted, every pod is injected, through a restart too, and `helm upgrade` ends it', async ({
  cluster,
  namespace,
}) => {
  const { core, settings } = cluster;
  const secret = { name: `${settings.release}-webhook-tls`, namespace: settings.releaseNamespace };
  const name = await namespace('enabled');
  await untilInjection(cluster, name, true);
  await core.deleteNamespacedSecret(secret);
  onTestFinished(async () => await upgradeRelease(cluster, {}), restoreMilliseconds);

  // Each replica says so once it has looked, which is more than a round of its keeper.
  await waitUntil('word of both webhooks', 60, async () => {
    expect(carriesAgent(await tryPod(cluster, name))).toBe(true);
    const count = (await scrape(cluster, 'webhook')).get(missing);
    return count === 2 ? true : notYet(`${count} of 2`);
  });

  await waitUntil('an Event about it', 60, async () => {
    const { items } = await core.listNamespacedEvent({ namespace: settings.releaseNamespace });
    const told = items.find(({ reason }) => reason === 'SecretMissing');
    return told?.involvedObject.name === secret.name ? true : notYet(items.map(({ reason }) => reason).join());
  });

  const [pod] = await releasePods(cluster, 'webhook');
  await core.deleteNamespacedPod({ name: pod ? nameOf(pod) : '', namespace: settings.releaseNamespace });
  await readyWithout(cluster, pod?.metadata?.uid);
  await untilInjection(cluster, name, true);

  await upgradeRelease(cluster, {});
  await waitUntil('the authority in the Secret', 60, async () => {
    const { data = {} } = await core.readNamespacedSecret(secret);
    return 'ca.key' in data ? true : notYet(Object.keys(data).join(', '));
  });
  await untilInjection(cluster, name, true);
  await waitUntil('the end of it in both webhooks', 60, async () => {
    const count = (await scrape(cluster, 'webhook')).get(missing);
    return count === 0 ? true : notYet(`${count} of 2`);
  });
});

/** Waits until both webhooks are ready and the one with that uid is gone. */
async function readyWithout(cluster: Cluster, uid: string | undefined): Promise<void> {
  await waitUntil('two ready webhooks', 90, async () => {
    const pods = await releasePods(cluster, 'webhook');
    const others = pods.filter((pod) => pod.metadata?.uid !== uid && isReady(pod));
    return pods.length === 2 && others.length === 2 ? true : notYet(`${others.length} of ${pods.length}`);
  });
}
