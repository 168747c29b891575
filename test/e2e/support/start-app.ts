import type { V1Pod } from '@kubernetes/client-node';
import type { Cluster } from './cluster.ts';
import { readyPods } from './pods.ts';
import { appDeployment, type AppOptions } from './workloads.ts';

/** A Deployment of one faulty app whose emptyDir may be lost, and its pod once that is ready. */
export async function startApp(
  cluster: Cluster,
  namespace: string,
  { name = 'app', ...options }: Partial<AppOptions> & { readonly name?: string } = {},
): Promise<V1Pod> {
  const body = appDeployment(name, { image: cluster.image('faulty-app'), disposable: true, ...options });
  await cluster.apps.createNamespacedDeployment({ namespace, body });
  const [pod] = await readyPods(cluster, namespace, 1, `app=${name}`);
  if (pod === undefined) throw new Error(`${name} has no pod`);
  return pod;
}
