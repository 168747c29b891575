import { apiGroup, apiVersion } from '#contract/annotations.ts';
import { policyResource } from '#contract/policy.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Numbers with which an episode is over soon, and with which one act may follow another at once. */
export const quick = {
  verification: { healthySeconds: 3, timeoutSeconds: 60 },
  cooldown: { seconds: 1, maximumSeconds: 1 },
} as const;

export interface PolicyCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** A policy of either kind as these tests look at it. */
export interface Policy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string };
  readonly spec: object;
  readonly status?: { readonly conditions?: readonly PolicyCondition[]; readonly podsWithoutAgent?: number };
}

/** Asks the API server to take a policy, and gives its answer whatever that is. */
export async function offerPolicy(
  { kube }: Cluster,
  namespace: string,
  spec: object,
  name = 'policy',
): Promise<KubeAnswer<Policy>> {
  const body = { apiVersion, kind: policyResource.kind, metadata: { name }, spec };
  const query = { fieldValidation: 'Strict' };
  return await kube.request({ method: 'POST', path: pathOf(namespace), query, body });
}

/** Makes a policy and waits until the controller has said that it knows it. */
export async function createPolicy(cluster: Cluster, namespace: string, spec: object, name = 'policy'): Promise<void> {
  const answer = await offerPolicy(cluster, namespace, spec, name);
  if (!answer.ok) throw new Error(`the policy was refused: ${answer.message}`);
  await conditionOf(cluster, namespace, name, 'Accepted', 'True');
}

/** Changes a few fields of a policy's spec. */
export async function changePolicy({ kube }: Cluster, namespace: string, spec: object, name = 'policy'): Promise<void> {
  const path = `${pathOf(namespace)}/${name}`;
  const contentType = 'application/merge-patch+json';
  const answer = await kube.request({ method: 'PATCH', path, contentType, body: { spec } });
  if (!answer.ok) throw new Error(`the policy was not changed: ${answer.message}`);
}

/** Waits until a condition of a policy is as wanted. */
export async function conditionOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  type: string,
  status: string,
): Promise<PolicyCondition> {
  return await waitUntil(`${type}=${status} of policy ${namespace}/${name}`, 40, async () => {
    const { conditions = [] } = await policyStatus(cluster, namespace, name);
    const condition = conditions.find((one) => one.type === type && one.status === status);
    return condition ?? notYet(JSON.stringify(conditions));
  });
}

/** Waits until a policy's status counts so many pods without the agent. */
export async function bareByStatus(cluster: Cluster, namespace: string, count: number, name = 'policy'): Promise<void> {
  await waitUntil(`${count} pods without the agent by policy ${namespace}/${name}`, 60, async () => {
    const { podsWithoutAgent } = await policyStatus(cluster, namespace, name);
    return podsWithoutAgent === count ? true : notYet(String(podsWithoutAgent));
  });
}

async function policyStatus(
  { kube }: Cluster,
  namespace: string,
  name: string,
): Promise<NonNullable<Policy['status']>> {
  const answer = await kube.request<Policy>({ method: 'GET', path: `${pathOf(namespace)}/${name}` });
  if (!answer.ok) throw new Error(`policy ${name} could not be read: ${answer.message}`);
  return answer.body.status ?? {};
}

function pathOf(namespace: string): string {
  return `/apis/${apiGroup}/v1alpha1/namespaces/${namespace}/${policyResource.plural}`;
}
