import { AutopilotError } from '#runtime/errors.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';

/**
 * The pod as it is now, past every cache; undefined when it is gone.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when the API gave no usable answer.
 */
export async function readLivePod(
  transport: KubeTransport,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  const path = podPath(namespace, name);
  const answer = await transport.request<KubeObject>({ method: 'GET', path, signal });
  if (answer.ok) return answer.body;
  if (answer.status === 404) return undefined;
  throw new AutopilotError('AP_KUBERNETES_REQUEST', `GET ${path}: ${answer.status} ${answer.message}`);
}

export function podPath(namespace: string, name: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}`;
}
