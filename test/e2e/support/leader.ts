import { readFile } from 'node:fs/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { readSettings } from '#infra/settings.ts';
import type { Cluster } from './cluster.ts';
import { isReady, nameOf } from './pods.ts';
import { releasePods } from './release.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Name of the Deployment and the Service, and of the Lease by which its pods agree on the one that acts. */
export const controllerName = 'infra-autopilot-controller';

export interface Leader {
  readonly pod: V1Pod;
  /** Number of its reign. */
  readonly epoch: number;
}

interface Lease {
  readonly spec?: { readonly holderIdentity?: string; readonly leaseTransitions?: number };
}

/** Waits for a pod that holds the Lease under an epoch of at least `atLeast`, and other than `not`. */
export async function leader(cluster: Cluster, atLeast = 0, not?: string): Promise<Leader> {
  const { kube, settings } = cluster;
  const path = `/apis/coordination.k8s.io/v1/namespaces/${settings.releaseNamespace}/leases/${controllerName}`;
  return await waitUntil(`a leader of epoch ${atLeast} or later`, 90, async () => {
    const lease = await kube.request<Lease>({ method: 'GET', path });
    if (!lease.ok) return notYet(lease.message);
    const { holderIdentity = '', leaseTransitions: epoch = 0 } = lease.body.spec ?? {};
    const pod = (await releasePods(cluster, 'controller')).find((one) => nameOf(one) === holderIdentity);
    const fits = pod !== undefined && epoch >= atLeast && holderIdentity !== not;
    return fits ? { pod, epoch } : notYet(`${holderIdentity} holds it in epoch ${epoch}`);
  });
}

/** Sends a signal to every process of a pod's first container, as the machine sees them; false when it has none. */
export async function signalContainer(cluster: Cluster, pod: V1Pod, signal: NodeJS.Signals): Promise<boolean> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const now = await cluster.core.readNamespacedPod({ name, namespace });
  const id = now.status?.containerStatuses?.[0]?.containerID?.split('//')[1];
  if (id === undefined) return false;
  const found: number[] = [];
  for (const pid of await clusterProcesses(readSettings('test').clusterName)) {
    const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (cgroups.includes(id)) found.push(pid);
  }
  for (const pid of found) process.kill(pid, signal);
  return found.length > 0;
}

/** Gives the release fresh controllers, so that the kubelet's backoff after kills does not grow from test to test. */
export async function renewControllers(cluster: Cluster): Promise<void> {
  const namespace = cluster.settings.releaseNamespace;
  const old = await releasePods(cluster, 'controller');
  await Promise.all(
    old.map((pod) => cluster.core.deleteNamespacedPod({ name: nameOf(pod), namespace, gracePeriodSeconds: 0 })),
  );
  const gone = new Set(old.map(({ metadata }) => metadata?.uid));
  await waitUntil('fresh controllers', 120, async () => {
    const pods = await releasePods(cluster, 'controller');
    const fresh = pods.filter((pod) => !gone.has(pod.metadata?.uid) && isReady(pod));
    return pods.length === old.length && fresh.length === old.length
      ? true
      : notYet(`${fresh.length} of ${old.length}`);
  });
  await leader(cluster);
}
