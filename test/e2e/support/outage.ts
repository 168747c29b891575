import { expect } from 'vitest';
import type { Cluster } from './cluster.ts';
import { freezeApiServer } from './frozen-api-server.ts';
import { resolvedIncident } from './incidents.ts';
import { injectFault, onlyReadyPod } from './pods.ts';
import { appDeployment } from './workloads.ts';

/** An app breaks just before the API server freezes. Afterwards it must be healed by one action all the same. */
export async function healAfterOutage(cluster: Cluster, namespace: string, outageSeconds: number): Promise<void> {
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace, body });
  const broken = await onlyReadyPod(cluster, namespace);
  await injectFault(cluster, broken, 'corrupt-state');
  await freezeApiServer(outageSeconds);
  const { spec, status } = await resolvedIncident(cluster, namespace);
  expect(spec.failureClass).toBe('CrashLoopBackOff');
  expect(status?.attempts).toBe(1);
  expect((await onlyReadyPod(cluster, namespace)).metadata?.uid).toBe(status?.replacement?.uid);
}
