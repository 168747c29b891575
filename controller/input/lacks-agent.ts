import type { PodSnapshot } from '../model/snapshot.ts';
import type { NamespaceView } from './projections/metadata.ts';

/** Whether a pod should carry the agent and doesn't, by what its namespace says now. */
export function lacksAgent(pod: PodSnapshot, namespace: NamespaceView | undefined): boolean {
  if (namespace === undefined || namespace.mode === 'disabled') return false;
  return pod.lacksAgent === 'by-own-word' || (pod.lacksAgent === 'by-default' && namespace.agentsOptedOut !== true);
}
