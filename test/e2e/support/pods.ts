import type { V1ContainerStatus, V1Pod } from '@kubernetes/client-node';
import { systemClock } from '#runtime/clock.ts';
import { makeReflector } from '#runtime/kubernetes/reflector.ts';
import { makeLogger } from '#runtime/logger.ts';
import type { FaultKind } from '#infra/demo/faulty-app/faults.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';
import { appPort } from './workloads.ts';

/** The namespace's pods that are not being deleted. */
export async function livePods({ core }: Cluster, namespace: string, labelSelector = ''): Promise<readonly V1Pod[]> {
  const { items } = await core.listNamespacedPod({ namespace, labelSelector });
  return items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
}

export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** Waits for the one pod of a namespace to be ready. */
export async function onlyReadyPod(cluster: Cluster, namespace: string): Promise<V1Pod> {
  const [pod] = await readyPods(cluster, namespace, 1);
  if (pod === undefined) throw new Error('no pod');
  return pod;
}

/** Waits until there are so many pods and all of them are ready; by their names. */
export async function readyPods(
  cluster: Cluster,
  namespace: string,
  count: number,
  labelSelector = '',
  timeoutSeconds = 90,
): Promise<readonly V1Pod[]> {
  return await waitUntil(`${count} ready pods in ${namespace}`, timeoutSeconds, async () => {
    const pods = await livePods(cluster, namespace, labelSelector);
    if (pods.length !== count || !pods.every(isReady)) return notYet(pods.map(describePod).join('; '));
    return pods.toSorted((one, other) => nameOf(one).localeCompare(nameOf(other)));
  });
}

export function nameOf({ metadata }: V1Pod): string {
  return metadata?.name ?? '';
}

export function uidsOf(pods: readonly V1Pod[]): readonly (string | undefined)[] {
  return pods.map(({ metadata }) => metadata?.uid);
}

/** The status of the app's own container. */
export function appStatus(pod: V1Pod): V1ContainerStatus | undefined {
  return pod.status?.containerStatuses?.find(({ name }) => name === 'app');
}

/** Waits until the app's container was restarted at least so many times. */
export async function restartedAtLeast(cluster: Cluster, pod: V1Pod, restarts: number): Promise<V1Pod> {
  const { name = '', namespace = '', uid } = pod.metadata ?? {};
  return await waitUntil(`${restarts} restarts of ${name}`, 120, async () => {
    const now = await cluster.core.readNamespacedPod({ name, namespace });
    if (now.metadata?.uid !== uid) throw new Error(`pod ${name} was replaced`);
    return (appStatus(now)?.restartCount ?? 0) >= restarts ? now : notYet(describePod(now));
  });
}

/** Breaks the app from outside, and returns when it happened by the app's own clock. */
export async function injectFault({ kube }: Cluster, pod: V1Pod, kind: FaultKind, at = 0): Promise<string> {
  const { name = '', namespace = '' } = pod.metadata ?? {};
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:${appPort}/proxy/fault/${kind}`;
  const answer = await kube.request<{ readonly faultAt: string }>({ method: 'POST', path, query: { at } });
  if (!answer.ok) throw new Error(`pod ${name} did not take its fault: ${answer.status} ${answer.message}`);
  return answer.body.faultAt;
}

export interface PodRecord {
  /** Uid of every pod that was ever seen. */
  readonly uids: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** Follows a namespace's pods from now on, so that none that came and went is missed. */
export async function recordPods({ kube }: Cluster, namespace: string): Promise<PodRecord> {
  const uids = new Set<string>();
  const reflector = makeReflector<string>({
    collection: { path: `/api/v1/namespaces/${namespace}/pods`, metadataOnly: false },
    transport: kube,
    clock: systemClock,
    random: Math.random,
    log: makeLogger('e2e', 'silent'),
    project: ({ metadata }) => metadata?.uid,
    onChange: ({ current }) => void (current === undefined ? undefined : uids.add(current)),
  });
  reflector.start();
  await waitUntil(`list of the pods of ${namespace}`, 30, async () => (reflector.synced() ? true : notYet('no list')));
  return { uids, stop: () => reflector.stop() };
}

/** One line about a pod, for a failed wait. */
function describePod(pod: V1Pod): string {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers = statuses.map(({ name, ready, restartCount, state }) => {
    const [[word, detail] = ['unknown', undefined]] = Object.entries(state ?? {}).filter(([, value]) => value);
    const { reason = '' } = (detail ?? {}) as { readonly reason?: string };
    return `${name} ${word} ${reason} ready=${String(ready)} restarts=${restartCount}`;
  });
  return `${pod.metadata?.name ?? ''} ${pod.status?.phase ?? ''} [${containers.join(', ')}]`;
}
