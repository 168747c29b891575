import { systemClock } from '#runtime/clock.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeCluster, type Cluster } from '../../../controller/input/cluster.ts';
import { makeProjectPolicy } from '../../../controller/input/projections/policy.ts';
import { makeReportStore } from '../../../controller/input/report-store.ts';
import { configOf } from './kube-config.ts';
import { podUid } from './pods.ts';
import type { Subject } from './protocol.ts';

/** The view that the controller keeps, as its main file makes it; resolves when everything has been listed. */
export async function listCluster(server: string, onWorkload: (uid: string) => void): Promise<Cluster> {
  const cluster = makeCluster({
    transport: await makeKubeTransport(configOf(server)),
    clock: systemClock,
    random: Math.random,
    log: makeLogger('bench', 'error'),
    releaseNamespace: 'infra-autopilot',
    ownPodName: 'controller-1',
    reports: makeReportStore(),
    projectPolicy: makeProjectPolicy([]),
    onWorkload,
  });
  cluster.start();
  while (cluster.notReady() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  return cluster;
}

export function makeOurs(server: string): Subject {
  return {
    list: async (onChange = () => undefined) => {
      const cluster = await listCluster(server, onChange);
      const held = Number.parseInt(new URL(server).pathname.slice(1), 10);
      return () => Array.from({ length: held }, (_, pod) => cluster.podByUid(podUid(pod))).filter(Boolean).length;
    },
    call: async (count) => {
      const transport = await makeKubeTransport(configOf(server));
      for (let call = 0; call < count; call += 1) await transport.request({ method: 'GET', path: '/api/v1/nodes' });
      transport.close();
    },
  };
}
