import type { Cluster } from './cluster.ts';
import type { Component } from './release.ts';

/** Keys of the webhook's Secret; the controller's has no key that signs. */
export const secretKeys = { authorities: 'ca.crt', authorityKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const;

/** Who fills it; each has Secrets of its own. */
export type CertificateProvider = 'builtin' | 'cert-manager';

export function secretName({ settings }: Cluster, component: Component, provider: CertificateProvider): string {
  return `${settings.release}-${component}-${provider === 'builtin' ? 'tls' : 'cert-manager-tls'}`;
}

/** Decoded; empty where the Secret has no such key. */
export async function readSecret(
  cluster: Cluster,
  component: Component,
  key: string,
  provider: CertificateProvider = 'builtin',
): Promise<string> {
  const namespace = cluster.settings.releaseNamespace;
  const name = secretName(cluster, component, provider);
  const { data } = await cluster.core.readNamespacedSecret({ name, namespace });
  return Buffer.from(data?.[key] ?? '', 'base64').toString();
}

/** Writes some of its keys and leaves the others alone. */
export async function writeSecret(
  cluster: Cluster,
  component: Component,
  data: Readonly<Record<string, string>>,
): Promise<void> {
  const { releaseNamespace } = cluster.settings;
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
  const answer = await cluster.kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${releaseNamespace}/secrets/${secretName(cluster, component, 'builtin')}`,
    contentType: 'application/merge-patch+json',
    body: { data: Object.fromEntries(encoded) },
  });
  if (!answer.ok) throw new Error(`the Secret could not be written: ${answer.status} ${answer.message}`);
}
