import { suspensionsKey, type Suspension } from '#contract/suspension.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';

/** Where suspensions are kept, and what was read of it last. */
export interface SuspensionRecord {
  readonly namespace: string;
  readonly name: string;
  /** The write is refused if somebody was faster. */
  readonly resourceVersion: string;
}

/**
 * Writes all suspensions at once for the webhooks to read.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when the API refuses it for another reason than a faster writer.
 */
export async function writeSuspensions(
  transport: Pick<KubeTransport, 'request'>,
  { namespace, name, resourceVersion }: SuspensionRecord,
  suspensions: readonly Suspension[],
  signal: AbortSignal,
): Promise<'written' | 'conflict'> {
  const answer = await transport.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${encodeURIComponent(name)}`,
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion }, data: { [suspensionsKey]: JSON.stringify(suspensions, undefined, 2) } },
    signal,
  });
  if (answer.ok) return 'written';
  if (answer.status === 409) return 'conflict';
  throw new AutopilotError('AP_KUBERNETES_REQUEST', `ConfigMap ${name}: ${answer.status} ${answer.message}`);
}
