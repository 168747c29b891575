import { overrideResource, type OverrideSpec, type OverrideStatus } from '#contract/admission-override.ts';
import { apiVersion } from '#contract/annotations.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { Cluster } from './cluster.ts';
import { isReady, nameOf } from './pods.ts';
import { releasePods } from './release.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** An AdmissionOverride as these tests look at it. */
export interface StoredOverride {
  readonly metadata: { readonly name: string; readonly uid?: string };
  readonly spec: OverrideSpec;
  readonly status?: OverrideStatus;
}

export function overridesPath(namespace: string): string {
  return `/apis/${apiVersion}/namespaces/${namespace}/${overrideResource.plural}`;
}

/** A time so many seconds from now, as the API writes it. */
export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

/** Asks the API server to take an override, and gives its answer whatever that is. */
export async function offerOverride(
  { kube }: Cluster,
  namespace: string,
  name: string,
  spec: object,
): Promise<KubeAnswer<StoredOverride>> {
  const body = { apiVersion, kind: overrideResource.kind, metadata: { name }, spec };
  return await kube.request({
    method: 'POST',
    path: overridesPath(namespace),
    query: { fieldValidation: 'Strict' },
    body,
  });
}

/** Makes an override and waits until every replica of the webhook has said that it holds it; gives their verdict. */
export async function createOverride(
  cluster: Cluster,
  namespace: string,
  name: string,
  spec: OverrideSpec,
): Promise<OverrideStatus> {
  const offered = await offerOverride(cluster, namespace, name, spec);
  if (!offered.ok) throw new Error(`the override was refused: ${offered.message}`);
  return await waitUntil(`acknowledgement of override ${namespace}/${name}`, 30, async () => {
    const replicas = (await releasePods(cluster, 'webhook')).filter(isReady).map(nameOf);
    const read = await readOverride(cluster, namespace, name);
    const by = new Set(read?.status?.acknowledgedBy?.map(({ pod }) => pod));
    const isHeld = replicas.length > 0 && replicas.every((pod) => by.has(pod));
    return isHeld && read?.status ? read.status : notYet(`by ${[...by].join()} of ${replicas.join()}`);
  });
}

/** Undefined once it is gone. */
export async function readOverride(
  { kube }: Cluster,
  namespace: string,
  name: string,
): Promise<StoredOverride | undefined> {
  const path = `${overridesPath(namespace)}/${name}`;
  const answer = await kube.request<StoredOverride>({ method: 'GET', path });
  if (answer.ok) return answer.body;
  if (answer.status === 404) return undefined;
  throw new Error(`override ${name} could not be read: ${answer.message}`);
}
