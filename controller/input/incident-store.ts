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
  all(): Iterable<Incident>;
}

export function makeIncidentStore(): IncidentStore {
  const incidents = new Map<string, Incident>();
  const byWorkload = makeMultiMap();

  const put = (key: string, incident: Incident): void => {
    const known = incidents.get(key);
    // The watch may bring a state from before our own write; deciding on that would act a second time.
    if (known && known.metadata.uid === incident.metadata.uid && isOlder(incident, known)) return;
    if (known) byWorkload.remove(known.spec.workload.uid, key);
    incidents.set(key, incident);
    byWorkload.add(incident.spec.workload.uid, key);
  };

  return {
    observed: ({ key, current }) => {
      if (current !== undefined) {
        put(key, current);
        return;
      }
      const known = incidents.get(key);
      if (known) byWorkload.remove(known.spec.workload.uid, key);
      incidents.delete(key);
    },
    written: (incident) => put(`${incident.metadata.namespace}/${incident.metadata.name}`, incident),
    ofWorkload: (workloadUid) =>
      [...byWorkload.get(workloadUid)].flatMap((key) => {
        const incident = incidents.get(key);
        return incident ? [incident] : [];
      }),
    all: () => incidents.values(),
  };
}

/** Resource versions of one resource are comparable decimal numbers. @see KEP-5504 */
function isOlder(one: Incident, other: Incident): boolean {
  return BigInt(one.metadata.resourceVersion || 0) < BigInt(other.metadata.resourceVersion || 0);
}
