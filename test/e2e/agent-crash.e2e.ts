import { readFile } from 'node:fs/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { describe, expect, onTestFinished } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { readSettings } from '#infra/settings.ts';
import type { Cluster } from './support/cluster.ts';
import { untilInjection } from './support/injection.ts';
import { isReady, livePods, onlyReadyPod } from './support/pods.ts';
import { readEndToEndSettings } from './support/settings.ts';
import { clearSuspensions } from './support/suspensions.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appDeployment } from './support/workloads.ts';

// The processes of a pod are found among those of the machine.
describe.skipIf(readEndToEndSettings().provider !== 'embedded')('fault 42: an agent that ends again and again', () => {
  test('is not injected into new pods of its namespace, and its pod comes back without it', async ({
    cluster,
    namespace,
  }) => {
    const [failing, other] = [await namespace('enabled'), await namespace('enabled')];
    // Two namespaces at a time would suspend injection everywhere, for other tests too.
    await clearSuspensions(cluster);
    onTestFinished(async () => await clearSuspensions(cluster));
    const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
    await cluster.apps.createNamespacedDeployment({ namespace: failing, body });
    const first = await onlyReadyPod(cluster, failing);
    expect(first.spec?.initContainers?.map(({ name }) => name)).toEqual([agentContainerName]);

    const bare = await waitUntil('a ready pod without agent', 120, async () => {
      const [pod] = await livePods(cluster, failing);
      if (pod === undefined) return notYet('no pod');
      if (pod.metadata?.uid === first.metadata?.uid) await killAgent(pod);
      const isBare = (pod.spec?.initContainers ?? []).length === 0;
      return isBare && isReady(pod) ? pod : notYet(`${pod.metadata?.name} with ${agentRestarts(pod)} restarts`);
    });
    expect(bare.metadata?.uid).not.toBe(first.metadata?.uid);
    await untilInjection(cluster, failing, false);
    await untilInjection(cluster, other, true);
    expect(await eventReasons(cluster, failing)).toEqual(
      expect.arrayContaining(['AgentBlocksPod', 'RecreatedWithoutAgent']),
    );
  });
});

function agentStatus(pod: V1Pod) {
  return pod.status?.initContainerStatuses?.find(({ name }) => name === agentContainerName);
}

function agentRestarts(pod: V1Pod): number {
  return agentStatus(pod)?.restartCount ?? 0;
}

/** As the out-of-memory killer does, each time that it runs. */
async function killAgent(pod: V1Pod): Promise<void> {
  const status = agentStatus(pod);
  const id = status?.containerID?.split('//')[1];
  if (status?.state?.running === undefined || id === undefined) return;
  for (const pid of await clusterProcesses(readSettings('test').clusterName)) {
    const cgroups = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (cgroups.includes(id)) process.kill(pid, 'SIGKILL');
  }
}

async function eventReasons({ core }: Cluster, namespace: string): Promise<readonly (string | undefined)[]> {
  return (await core.listNamespacedEvent({ namespace })).items.map(({ reason }) => reason);
}
