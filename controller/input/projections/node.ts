import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { NodeSnapshot } from '../../model/snapshot.ts';
import type { RawCondition } from './raw-pod.ts';

const keptMessageCharacters = 300;

interface RawNode extends KubeObject {
  readonly status?: { readonly conditions?: readonly RawCondition[] };
}

/** Without the heartbeats, so that a node that only says that it is well equals itself. */
export function projectNode(object: KubeObject, observedAt: number): NodeSnapshot {
  const { metadata, status } = object as RawNode;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const isReady = ready?.status === 'True';
  return {
    name: metadata?.name ?? '',
    ready: isReady,
    since: millisecondsOf(ready?.lastTransitionTime ?? metadata?.creationTimestamp) ?? observedAt,
    // A kubelet words its good health as it likes; only what is wrong is of interest.
    message: isReady ? '' : (ready?.message ?? ready?.reason ?? '').slice(0, keptMessageCharacters),
  };
}
