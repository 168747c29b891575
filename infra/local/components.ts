import { join } from 'node:path';
import type { NodeIdentity } from './identity.ts';

/** One program of the node, started by {@link file} node.ts inside the cluster's namespaces. */
export interface Component {
  readonly name: string;
  readonly command: readonly string[];
  /** Its own health endpoint; the next stage starts when it answers. */
  readonly healthy: { readonly url: string } | { readonly socket: string };
}

/** Where the programs and files are that the components use. */
export interface NodePaths {
  readonly kubernetes: string;
  readonly etcd: string;
  readonly containerd: string;
  readonly cniPlugins: string;
  readonly pki: string;
  readonly state: string;
  readonly config: string;
}

/** Feature gates with which a sidecar's exit code restarts all containers of its pod; alpha in 1.35. */
const restartAllContainersGates = ['RestartAllContainersOnContainerExits', 'NodeDeclaredFeatures'] as const;

export const containerdSocket = '/run/containerd/containerd.sock';

/** Feature gates by name, for every component that knows gates. */
export function featureGates(restartAllContainers: boolean): Readonly<Record<string, boolean>> {
  return restartAllContainers ? Object.fromEntries(restartAllContainersGates.map((gate) => [gate, true])) : {};
}

/** Stages in order; the components of one stage start together. Pure. */
export function makeStages(
  identity: NodeIdentity,
  paths: NodePaths,
  gates: Readonly<Record<string, boolean>>,
): readonly (readonly Component[])[] {
  const pki = (file: string): string => join(paths.pki, file);
  const kubernetes = (program: string): string => join(paths.kubernetes, program);
  const gateFlag = Object.keys(gates).length === 0 ? [] : [`--feature-gates=${gateList(gates)}`];
  const kubeconfigFlags = (program: string): readonly string[] => [
    `--kubeconfig=${pki(`${program}.kubeconfig`)}`,
    `--authentication-kubeconfig=${pki(`${program}.kubeconfig`)}`,
    `--authorization-kubeconfig=${pki(`${program}.kubeconfig`)}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
  const etcdUrl = 'http://127.0.0.1:2379';
  return [
    [
      {
        name: 'containerd',
        command: [paths.containerd, '--config', join(paths.config, 'containerd.toml')],
        healthy: { socket: containerdSocket },
      },
      {
        name: 'etcd',
        command: [
          join(paths.etcd, 'etcd'),
          `--data-dir=${join(paths.state, 'etcd')}`,
          `--listen-client-urls=${etcdUrl}`,
          `--advertise-client-urls=${etcdUrl}`,
          '--listen-peer-urls=http://127.0.0.1:2380',
          // The data is thrown away with the cluster; waiting for the disk would only slow the node.
          '--unsafe-no-fsync',
          '--log-level=warn',
        ],
        healthy: { url: `${etcdUrl}/health` },
      },
    ],
    [
      {
        name: 'kube-apiserver',
        command: [
          kubernetes('kube-apiserver'),
          `--etcd-servers=${etcdUrl}`,
          `--advertise-address=${identity.nodeAddress}`,
          `--service-cluster-ip-range=${identity.serviceRange}`,
          `--client-ca-file=${pki('ca.crt')}`,
          `--tls-cert-file=${pki('api.crt')}`,
          `--tls-private-key-file=${pki('api.key')}`,
          `--kubelet-client-certificate=${pki('api-to-kubelet.crt')}`,
          `--kubelet-client-key=${pki('api-to-kubelet.key')}`,
          `--kubelet-certificate-authority=${pki('ca.crt')}`,
          '--kubelet-preferred-address-types=InternalIP',
          '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
          `--service-account-key-file=${pki('service-accounts.key')}`,
          `--service-account-signing-key-file=${pki('service-accounts.key')}`,
          '--authorization-mode=Node,RBAC',
          '--enable-admission-plugins=NodeRestriction',
          `--audit-policy-file=${join(paths.config, 'audit-policy.json')}`,
          `--audit-log-path=${join(paths.state, 'logs', 'audit.log')}`,
          '--audit-log-maxsize=100',
          '--audit-log-maxbackup=1',
          ...gateFlag,
        ],
        healthy: { url: 'https://127.0.0.1:6443/readyz' },
      },
    ],
    [
      {
        name: 'kube-controller-manager',
        command: [
          kubernetes('kube-controller-manager'),
          ...kubeconfigFlags('kube-controller-manager'),
          `--root-ca-file=${pki('ca.crt')}`,
          `--service-account-private-key-file=${pki('service-accounts.key')}`,
          '--use-service-account-credentials',
          ...gateFlag,
        ],
        healthy: { url: 'https://127.0.0.1:10257/healthz' },
      },
      {
        name: 'kube-scheduler',
        command: [kubernetes('kube-scheduler'), ...kubeconfigFlags('kube-scheduler'), ...gateFlag],
        healthy: { url: 'https://127.0.0.1:10259/healthz' },
      },
      {
        name: 'kubelet',
        command: [
          kubernetes('kubelet'),
          `--config=${join(paths.config, 'kubelet.json')}`,
          `--kubeconfig=${pki('kubelet.kubeconfig')}`,
          `--hostname-override=${identity.name}`,
          `--node-ip=${identity.nodeAddress}`,
          `--root-dir=${join(paths.state, 'kubelet')}`,
        ],
        healthy: { url: 'http://127.0.0.1:10248/healthz' },
      },
      {
        name: 'kube-proxy',
        command: [kubernetes('kube-proxy'), `--config=${join(paths.config, 'kube-proxy.json')}`],
        healthy: { url: 'http://127.0.0.1:10256/livez' },
      },
    ],
  ];
}

function gateList(gates: Readonly<Record<string, boolean>>): string {
  return Object.entries(gates)
    .map(([gate, on]) => `${gate}=${on}`)
    .join(',');
}
