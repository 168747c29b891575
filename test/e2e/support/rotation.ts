import { X509Certificate } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1MutatingWebhookConfiguration } from '@kubernetes/client-node';
import { nextAuthority } from '#test/support/next-authority.ts';
import type { Cluster } from './cluster.ts';
import { nameOf } from './pods.ts';
import { releasePods } from './release.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Keys of the webhook's Secret. */
const secretKeys = { authorities: 'ca.crt', authorityKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const;

/** For an API server to follow its own watch of the configuration; in a life of months the webhook itself waits three minutes. */
const followMilliseconds = 3_000;

/**
 * Has the webhook change both its authority and its leaf: the next authority is handed out, and once the API server has
 * it, the leaf is gone from the Secret, which is healed at once. Returns when each replica serves a leaf of the new
 * authority.
 */
export async function rotateCertificates(cluster: Cluster): Promise<void> {
  const authority = await nextAuthority(Date.now());
  const bundle = authority.cert + (await readSecret(cluster, secretKeys.authorities));
  await writeSecret(cluster, { [secretKeys.authorities]: bundle, [secretKeys.authorityKey]: authority.key });
  await waitUntil('the new authority in each webhook entry', 60, async () => {
    const bundles = await callersBundles(cluster);
    const isThere = bundles.every((one) => one.startsWith(authority.cert.trim()));
    return bundles.length > 0 && isThere ? true : notYet(`${bundles.length} entries without it`);
  });
  await delay(followMilliseconds);

  const pods = (await releasePods(cluster, 'webhook')).map(nameOf);
  const since = Date.now();
  await writeSecret(cluster, { [secretKeys.cert]: '', [secretKeys.key]: '' });
  const signer = new X509Certificate(authority.cert).publicKey;
  await waitUntil('a new leaf of the new authority in each replica', 60, async () => {
    const leaf = await readSecret(cluster, secretKeys.cert);
    if (leaf === '') return notYet('no leaf');
    if (!new X509Certificate(leaf).verify(signer)) return notYet('a leaf of another authority');
    const done = (await Promise.all(pods.map((pod) => hasSwapped(cluster, pod, since)))).filter(Boolean).length;
    return done === pods.length ? true : notYet(`swapped by ${done} of ${pods.length}`);
  });
}

/** The Deployment, Service, Secret and configuration of the release's webhook are named alike. */
export function webhookName({ settings }: Cluster): string {
  return `${settings.release}-webhook`;
}

async function readSecret(cluster: Cluster, key: string): Promise<string> {
  const name = `${webhookName(cluster)}-tls`;
  const { data } = await cluster.core.readNamespacedSecret({ name, namespace: cluster.settings.releaseNamespace });
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

async function writeSecret(cluster: Cluster, data: Readonly<Record<string, string>>): Promise<void> {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${cluster.settings.releaseNamespace}/secrets/${webhookName(cluster)}-tls`,
    contentType: 'application/merge-patch+json',
    body: { data: Object.fromEntries(encoded) },
  });
  if (!answer.ok) throw new Error(`the Secret could not be written: ${answer.status} ${answer.message}`);
}

async function callersBundles(cluster: Cluster): Promise<readonly string[]> {
  const answer = await cluster.kube.request<V1MutatingWebhookConfiguration>({
    method: 'GET',
    path: `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${webhookName(cluster)}`,
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
