import type { Incident } from '#contract/incident.ts';
import type { StoreChange } from '#runtime/kubernetes/reflector.ts';
import { makeMultiMap } from './multi-map.ts';

/** Incidents as the API server has them, with our own writes seen at once instead of when the watch brings them. */
export interface IncidentStore {
  /** Takes what the watch saw. */
  observed(change: StoreChange<Incident>): void;
  /** Takes what the API answered to our own write. */
  written(incident: Incident): void;
  ofWorkload(workloadUid: string): readonly Incident[];
  /** Workloads of a namespace with an incident that is not over. */
  troubledIn(namespace: string): Iterable<string>;
  all(): Iterable<Incident>;
}

/** `onReplaced` is told of each change of what is known; a state that came too late is none. */
export function makeIncidentStore(
  onReplaced: (previous: Incident | undefined, current: Incident | undefined) => void = () => undefined,
): IncidentStore {
  const incidents = new Map<string, Incident>();
  const byWorkload = makeMultiMap();
  const openByNamespace = makeMultiMap();

  const replace = (key: string, current: Incident | undefined): void => {
    const known = incidents.get(key);
    if (known) {
      byWorkload.remove(known.spec.workload.uid, key);
      openByNamespace.remove(known.metadata.namespace, key);
    }
    if (current) {
      incidents.set(key, current);
      byWorkload.add(current.spec.workload.uid, key);
      if (current.status?.phase !== 'Resolved') openByNamespace.add(current.metadata.namespace, key);
    } else {
      incidents.delete(key);
    }
    if (known || current) onReplaced(known, current);
  };

  const put = (key: string, incident: Incident): void => {
    const known = incidents.get(key);
    // The watch may bring a state from before our own write; deciding on that would act a second time.
    if (known && known.metadata.uid === incident.metadata.uid && isOlder(incident, known)) return;
    replace(key, incident);
  };

  return {
    observed: ({ key, current }) => (current === undefined ? replace(key, undefined) : put(key, current)),
    written: (incident) => put(`${incident.metadata.namespace}/${incident.metadata.name}`, incident),
    ofWorkload: (workloadUid) =>
      [...byWorkload.get(workloadUid)].flatMap((key) => {
        const incident = incidents.get(key);
        return incident ? [incident] : [];
      }),
    troubledIn: (namespace) =>
      new Set([...openByNamespace.get(namespace)].map((key) => incidents.get(key)?.spec.workload.uid ?? '')),
    all: () => incidents.values(),
  };
}

/** Resource versions of one resource are comparable decimal numbers. @see KEP-5504 */
function isOlder(one: Incident, other: Incident): boolean {
  return BigInt(one.metadata.resourceVersion || 0) < BigInt(other.metadata.resourceVersion || 0);
}
