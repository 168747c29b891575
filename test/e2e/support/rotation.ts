import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import { nextAuthority } from '#test/support/next-authority.ts';
import { readSecret, secretKeys, writeSecret } from './certificate-secret.ts';
import type { Cluster } from './cluster.ts';
import { nameOf } from './pods.ts';
import { releasePods } from './release.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** For an API server to follow its own watch of the configuration; in a life of months the webhook itself waits three minutes. */
const followMilliseconds = 3_000;

/**
 * Has the webhook change both its authority and its leaf: the next authority is handed out, and once the API server has
 * it, the leaf is gone from the Secret, which is healed at once. Returns when each replica serves a leaf of the new
 * authority.
 */
export async function rotateCertificates(cluster: Cluster): Promise<void> {
  const authority = await handOutNextAuthority(cluster);
  await delay(followMilliseconds);

  const pods = (await releasePods(cluster, 'webhook')).map(nameOf);
  const since = Date.now();
  await writeSecret(cluster, 'webhook', { [secretKeys.cert]: '', [secretKeys.key]: '' });
  await waitUntil('a new leaf of the new authority in each replica', 60, async () => {
    const leaf = await readSecret(cluster, 'webhook', secretKeys.cert);
    if (leaf === '') return notYet('no leaf');
    if (!isSignedBy(authority, leaf)) return notYet('a leaf of another authority');
    const done = (await Promise.all(pods.map((pod) => hasSwapped(cluster, pod, since)))).filter(Boolean).length;
    return done === pods.length ? true : notYet(`swapped by ${done} of ${pods.length}`);
  });
}

/** Puts the next authority before the one that signs now, and returns it as PEM once each webhook entry trusts it. */
export async function handOutNextAuthority(cluster: Cluster): Promise<string> {
  const authority = await nextAuthority(Date.now());
  const bundle = authority.cert + (await readSecret(cluster, 'webhook', secretKeys.authorities));
  await writeSecret(cluster, 'webhook', {
    [secretKeys.authorities]: bundle,
    [secretKeys.authorityKey]: authority.key,
  });
  await waitUntil('the new authority in each webhook entry', 60, async () => {
    const bundles = await callersBundles(cluster);
    const isThere = bundles.every((one) => one.startsWith(authority.cert.trim()));
    return bundles.length > 0 && isThere ? true : notYet(`${bundles.length} entries without it`);
  });
  return authority.cert;
}

/** Both are PEM. */
export function isSignedBy(authority: string, leaf: string): boolean {
  return new X509Certificate(leaf).verify(new X509Certificate(authority).publicKey);
}

/** Path of the configuration by which the API server calls the release's webhook. */
export function webhookConfigurationPath({ settings }: Cluster): string {
  return `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${settings.release}-webhook`;
}

/** What the API server trusts when it calls, entry by entry, as PEM. */
export async function callersBundles(cluster: Cluster): Promise<readonly string[]> {
  const answer = await cluster.kube.request<V1MutatingWebhookConfiguration>({
    method: 'GET',
    path: webhookConfigurationPath(cluster),
  });
  if (!answer.ok) throw new Error(answer.message);
  return (answer.body.webhooks ?? []).map(({ clientConfig }) =>
    Buffer.from(clientConfig.caBundle ?? '', 'base64').toString(),
  );
}

/** Whether a replica has put another leaf into service since then, by its own log. All of that log would be another load. */
async function hasSwapped({ core, settings }: Cluster, name: string, since: number): Promise<boolean> {
  const sinceSeconds = Math.ceil((Date.now() - since) / 1000);
  const log = await core.readNamespacedPodLog({ name, namespace: settings.releaseNamespace, sinceSeconds });
  return log.includes('certificate swapped');
}
