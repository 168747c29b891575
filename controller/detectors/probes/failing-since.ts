import type { ContainerSnapshot, ProbeSnapshot } from '../../model/snapshot.ts';
import { reportExpiresAt } from '../evidence/fresh-report.ts';

/**
 * Since when a probe has failed, by what its agent saw; undefined when that is not as long as asked, not fresh, or not
 * about this run of the container. `silence` counts from the last good answer instead of the first failed try. A probe that has not succeeded since the container started says nothing: starting
 * up is the startup probe's business.
 */
export function failingSinceAtLeast(
  probe: ProbeSnapshot,
  container: ContainerSnapshot,
  seconds: number,
  now: number,
  from: 'failure' | 'silence' = 'failure',
): number | undefined {
  const { startedAt } = container;
  const { state, failingSince, lastSuccessAt, silentSince, receivedAt } = probe;
  if (state !== 'failing' || startedAt === undefined || now > reportExpiresAt(probe)) return undefined;
  if (failingSince === undefined || lastSuccessAt === undefined || lastSuccessAt < startedAt) return undefined;
  const since = from === 'failure' ? failingSince : silentSince;
  // Only what the agent has seen counts: silence after its last report is not failure.
  return since !== undefined && receivedAt - since >= seconds * 1000 ? since : undefined;
}
