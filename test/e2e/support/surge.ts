import type { Incident } from '#contract/incident.ts';
import type { Cluster } from './cluster.ts';
import { waitForIncident } from './incidents.ts';
import { createPolicy, quick } from './policies.ts';

/** The shortest surge that a policy may ask for, as the first remedy of a pod that wants no traffic. */
export async function createSurgePolicy(cluster: Cluster, namespace: string): Promise<void> {
  const steps = [{ handler: 'scale-replicas', settings: { add: 1, expirySeconds: 60 }, maxAttempts: 1 }];
  const ladders = [{ failureClasses: ['ReadinessProbeFailed'], steps }];
  await createPolicy(cluster, namespace, { ...quick, allow: { drift: true }, ladders });
}

export async function surgedIncident(cluster: Cluster, namespace: string): Promise<Incident> {
  return await waitForIncident(cluster, namespace, 'a surge', 60, ({ status }) => {
    return status?.surge !== undefined && status.actions?.at(-1)?.result === 'done';
  });
}

export async function endedSurge(cluster: Cluster, namespace: string): Promise<Incident> {
  return await waitForIncident(cluster, namespace, 'the end of a surge', 120, ({ status }) => {
    return status?.surge?.ended !== undefined;
  });
}
