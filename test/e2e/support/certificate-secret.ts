import type { Cluster } from './cluster.ts';
import type { Component } from './release.ts';

/** Keys of the webhook's Secret; the controller's has no key that signs. */
export const secretKeys = { authorities: 'ca.crt', authorityKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const;

/** Decoded; empty where the Secret has no such key. */
export async function readSecret(cluster: Cluster, component: Component, key: string): Promise<string> {
  const { release, releaseNamespace: namespace } = cluster.settings;
  const { data } = await cluster.core.readNamespacedSecret({ name: `${release}-${component}-tls`, namespace });
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

/** Writes some of its keys and leaves the others alone. */
export async function writeSecret(
  cluster: Cluster,
  component: Component,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const { release, releaseNamespace } = cluster.settings;
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${releaseNamespace}/secrets/${release}-${component}-tls`,
    contentType: 'application/merge-patch+json',
    body: { data: Object.fromEntries(encoded) },
  });
  if (!answer.ok) throw new Error(`the Secret could not be written: ${answer.status} ${answer.message}`);
}
