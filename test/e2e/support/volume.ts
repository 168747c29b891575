import type { V1Container, V1Volume } from '@kubernetes/client-node';
import { onTestFinished } from 'vitest';
import type { Cluster } from './cluster.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** A claim that is bound to a folder of the node, so that what is on it outlives its pods. */
export async function makePersistentVolume(cluster: Cluster, namespace: string): Promise<Partial<V1Volume>> {
  const { core } = cluster;
  const name = `${namespace}-state`;
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
  await core.createPersistentVolume({
    body: {
      metadata: { name },
      spec: {
        ...shared,
        capacity: { storage: '16Mi' },
        hostPath: { path: `/var/lib/infra-autopilot-e2e/${name}`, type: 'DirectoryOrCreate' },
        claimRef: { namespace, name: 'state' },
      },
    },
  });
  onTestFinished(async () => void (await core.deletePersistentVolume({ name })));
  await core.createNamespacedPersistentVolumeClaim({
    namespace,
    body: {
      metadata: { name: 'state' },
      spec: { ...shared, volumeName: name, resources: { requests: { storage: '16Mi' } } },
    },
  });
  // A pod that came before might wait for longer than a workload may wait for a node.
  await waitUntil('a bound claim', 60, async () => {
    const { status } = await core.readNamespacedPersistentVolumeClaim({ name: 'state', namespace });
    return status?.phase === 'Bound' ? true : notYet(status?.phase ?? '');
  });
  return { persistentVolumeClaim: { claimName: 'state' } };
}

/** The kubelet makes such a folder as root's own; this lets the app in. */
export function openedFor(image: string): V1Container {
  return {
    name: 'open',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/local/bin/node', '-e', "require('node:fs').chmodSync('/state', 0o777)"],
    securityContext: { runAsUser: 0, runAsNonRoot: false },
    volumeMounts: [{ name: 'state', mountPath: '/state' }],
  };
}
