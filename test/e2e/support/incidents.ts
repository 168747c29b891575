import { apiGroup } from '#contract/annotations.ts';
import { incidentResource, type Incident } from '#contract/incident.ts';
import type { FailureClass, RefusalReason } from '#contract/vocabulary.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';

export async function listIncidents({ custom }: Cluster, namespace: string): Promise<readonly Incident[]> {
  const list = (await custom.listNamespacedCustomObject({
    group: apiGroup,
    version: 'v1alpha1',
    namespace,
    plural: incidentResource.plural,
  })) as { readonly items: readonly Incident[] };
  return list.items;
}

/** Waits for an incident of a namespace that is as wanted, and shows all there are when none becomes so. */
export async function waitForIncident(
  cluster: Cluster,
  namespace: string,
  what: string,
  timeoutSeconds: number,
  isWanted: (incident: Incident) => boolean,
): Promise<Incident> {
  return await waitUntil(`incident: ${what}`, timeoutSeconds, async () => {
    const incidents = await listIncidents(cluster, namespace);
    return incidents.find(isWanted) ?? notYet(JSON.stringify(incidents.map(({ spec, status }) => ({ spec, status }))));
  });
}

/** Waits for the end of a healing; of any failure class unless one is named. */
export async function resolvedIncident(
  cluster: Cluster,
  namespace: string,
  failureClass?: FailureClass,
): Promise<Incident> {
  return await waitForIncident(cluster, namespace, 'Resolved', 150, ({ spec, status }) => {
    return status?.phase === 'Resolved' && (failureClass ?? spec.failureClass) === spec.failureClass;
  });
}

/** Waits until a person is asked for, for the reason given. */
export async function escalatedIncident(cluster: Cluster, namespace: string, reason: RefusalReason): Promise<Incident> {
  return await waitForIncident(cluster, namespace, `Escalated because of ${reason}`, 90, ({ status }) => {
    return status?.phase === 'Escalated' && status.reason === reason;
  });
}

/** Waits until it is decided to do nothing, for the reason given, and with these words where they are given. */
export async function heldIncident(
  cluster: Cluster,
  namespace: string,
  reason: RefusalReason,
  words = '',
): Promise<Incident> {
  return await waitForIncident(cluster, namespace, `Held because of ${reason}: ${words}`, 90, ({ status }) => {
    return status?.phase === 'Held' && status.reason === reason && status.message.includes(words);
  });
}

/** Waits until something has been done, whatever comes of it. */
export async function actedIncident(cluster: Cluster, namespace: string): Promise<Incident> {
  return await waitForIncident(cluster, namespace, 'an act', 90, ({ status }) => {
    return status?.actions?.at(-1)?.result === 'done';
  });
}
