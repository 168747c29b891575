import { AutopilotError } from '#runtime/errors.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Channel, Sent } from './channel.ts';
import { refused, type Refused } from './context.ts';

/** One operation of RFC 6902. A `test` that fails makes the API server refuse the whole patch. */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** Under this name the API server keeps who set which field, apart from every tool of GitOps. */
const fieldManager = 'infra-autopilot';

/** Operations that set one annotation, also where `metadata` has none yet. `path` is that of `metadata`. */
export function annotationSet(
  path: string,
  metadata: Pick<ObjectMetadata, 'annotations'> | undefined,
  name: string,
  value: string,
): readonly PatchOperation[] {
  if (metadata === undefined) return [{ op: 'add', path, value: { annotations: { [name]: value } } }];
  const annotations = `${path}/annotations`;
  if (metadata.annotations === undefined) return [{ op: 'add', path: annotations, value: { [name]: value } }];
  return [{ op: 'add', path: `${annotations}/${escaped(name)}`, value }];
}

export function annotationRemoved(path: string, name: string): PatchOperation {
  return { op: 'remove', path: `${path}/annotations/${escaped(name)}` };
}

export async function sendPatch(
  channel: Channel,
  path: string,
  operations: readonly PatchOperation[],
): Promise<Sent<KubeAnswer<unknown>> | Refused> {
  return await channel.request({
    method: 'PATCH',
    path,
    query: { fieldManager },
    contentType: 'application/json-patch+json',
    body: operations,
  });
}

/**
 * Reads the answer to a patch whose tests hold it to what was seen.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when asking again may help.
 */
export function patchOutcome(sent: Sent<KubeAnswer<unknown>> | Refused, what: string, done: string): Outcome {
  if ('result' in sent) return sent;
  const { sentAt, answer } = sent;
  if (answer.ok) return { result: 'done', sentAt, message: done };
  const { status, message } = answer;
  // 422 is what the API server makes of a test that fails; 409 comes of a write that was faster than the patch.
  if (status === 404 || status === 409 || status === 422) {
    return refused('target-changed', `${what} was changed in between: ${message}`);
  }
  if (status === 429 || status >= 500) {
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `patch of ${what}: ${status} ${message}`);
  }
  return { result: 'failed', message: `The API server answered ${status}: ${message}` };
}

/** RFC 6901. */
function escaped(segment: string): string {
  return segment.replaceAll('~', '~0').replaceAll('/', '~1');
}
