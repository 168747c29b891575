import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { readSettings } from '#infra/settings.ts';
import type { Cluster } from './cluster.ts';
import { resolvedIncident } from './incidents.ts';
import { injectFault, onlyReadyPod } from './pods.ts';
import { appDeployment } from './workloads.ts';

/**
 * Freezes the API server as a broken network would: connections stay open and nothing answers. An app breaks just before.
 * Afterwards it must be healed by one action all the same.
 */
export async function healAfterOutage(cluster: Cluster, namespace: string, outageSeconds: number): Promise<void> {
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace, body });
  const broken = await onlyReadyPod(cluster, namespace);
  const apiServer = await findApiServer();
  await injectFault(cluster, broken, 'corrupt-state');
  process.kill(apiServer, 'SIGSTOP');
  try {
    // The outage itself is what is under test: there is no condition to wait for while nothing answers.
    await delay(outageSeconds * 1000);
  } finally {
    process.kill(apiServer, 'SIGCONT');
  }
  const { spec, status } = await resolvedIncident(cluster, namespace);
  expect(spec.failureClass).toBe('CrashLoopBackOff');
  expect(status?.attempts).toBe(1);
  expect((await onlyReadyPod(cluster, namespace)).metadata?.uid).toBe(status?.replacement?.uid);
}

async function findApiServer(): Promise<number> {
  for (const pid of await clusterProcesses(readSettings('test').clusterName)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (/^\S*\/kube-apiserver\0/.test(command)) return pid;
  }
  throw new Error('the API server of the test cluster was not found');
}
