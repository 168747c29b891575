import type { Cluster } from './cluster.ts';
import type { Component } from './release.ts';

interface Condition {
  readonly type: string;
}

interface Certificate {
  readonly metadata: { readonly generation: number };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/**
 * Has cert-manager issue a process's certificate anew, as its own command line does: by the condition with which its
 * controllers tell each other that one is to be issued.
 * @see https://cert-manager.io/docs/reference/cmctl/#renew
 */
export async function renewCertificate({ kube, settings }: Cluster, component: Component): Promise<void> {
  const { release, releaseNamespace } = settings;
  const path = `/apis/cert-manager.io/v1/namespaces/${releaseNamespace}/certificates/${release}-${component}-tls`;
  const found = await kube.request<Certificate>({ method: 'GET', path });
  if (!found.ok) throw new Error(`the Certificate could not be read: ${found.status} ${found.message}`);
  const { metadata, status } = found.body;
  const issuing = {
    type: 'Issuing',
    status: 'True',
    reason: 'ManuallyTriggered',
    message: 'renewed by a test',
    observedGeneration: metadata.generation,
    lastTransitionTime: new Date().toISOString(),
  };
  const conditions = [...(status?.conditions ?? []).filter(({ type }) => type !== issuing.type), issuing];
  const body = { ...found.body, status: { ...status, conditions } };
  // Under the version that was read: whoever was faster would lose a condition otherwise.
  const answer = await kube.request({ method: 'PUT', path: `${path}/status`, body });
  if (!answer.ok) throw new Error(`the Certificate could not be marked: ${answer.status} ${answer.message}`);
}
