import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:tls';
import type { V1Pod } from '@kubernetes/client-node';
import { execa } from 'execa';
import { reportPort, webhookPort } from '#contract/ports.ts';
import type { Cluster } from './cluster.ts';
import { nameOf } from './pods.ts';
import { releasePods, type Component } from './release.ts';

const ports = { webhook: webhookPort, controller: reportPort } as const;
const handshakeMilliseconds = 10_000;

/** What each pod of one of the release's processes shows to whoever connects now, as PEM; those on their way out are left out. */
export async function servedCertificates(cluster: Cluster, component: Component): Promise<readonly string[]> {
  const pods = await releasePods(cluster, component);
  const staying = pods.filter(({ metadata, status }) => !metadata?.deletionTimestamp && status?.phase === 'Running');
  return await Promise.all(staying.map((pod) => servedCertificate(cluster, pod, ports[component])));
}

async function servedCertificate({ settings }: Cluster, pod: V1Pod, port: number): Promise<string> {
  const target = ['--kubeconfig', settings.kubeconfigPath, '--namespace', settings.releaseNamespace];
  const forward = execa(settings.kubectl, [...target, 'port-forward', `pod/${nameOf(pod)}`, `:${port}`], {
    reject: false,
    timeout: 2 * handshakeMilliseconds,
  });
  try {
    for await (const line of forward) {
      const local = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
      if (local !== undefined) return await certificateAt(Number(local));
    }
    throw new Error(`no way to port ${port} of ${nameOf(pod)}: ${(await forward).stderr}`);
  } finally {
    forward.kill();
  }
}

async function certificateAt(port: number): Promise<string> {
  // It is looked at, not trusted.
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(handshakeMilliseconds) });
    return new X509Certificate(socket.getPeerCertificate().raw).toString();
  } finally {
    socket.destroy();
  }
}
