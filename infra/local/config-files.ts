import { join } from 'node:path';
import { apiGroup } from '#contract/annotations.ts';
import { release } from '../release.ts';
import { containerdSocket, type NodePaths } from './components.ts';
import type { NodeIdentity } from './identity.ts';

/** Configuration files by name. The kubelet and kube-proxy read JSON as well as YAML. Pure. */
export function makeConfigFiles(
  identity: NodeIdentity,
  paths: NodePaths,
  gates: Readonly<Record<string, boolean>>,
  pauseImage: string,
  snapshotter: 'overlayfs' | 'native',
): Readonly<Record<string, string>> {
  const pki = (file: string): string => join(paths.pki, file);
  return {
    'kubelet.json': json({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: '0.0.0.0',
      authentication: {
        x509: { clientCAFile: pki('ca.crt') },
        webhook: { enabled: true },
        anonymous: { enabled: false },
      },
      authorization: { mode: 'Webhook' },
      tlsCertFile: pki('kubelet.crt'),
      tlsPrivateKeyFile: pki('kubelet.key'),
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${identity.cgroup}`,
      failCgroupV1: false,
      failSwapOn: false,
      clusterDNS: [identity.dnsAddress],
      clusterDomain: 'cluster.local',
      containerRuntimeEndpoint: `unix://${containerdSocket}`,
      resolvConf: join(paths.config, 'resolv.conf'),
      podLogsDir: join(paths.state, 'pod-logs'),
      volumePluginDir: join(paths.state, 'volume-plugins'),
      serializeImagePulls: false,
      // Images are loaded by hand and could not be pulled again.
      imageGCHighThresholdPercent: 100,
      evictionHard: {
        'memory.available': '100Mi',
        'nodefs.available': '1%',
        'imagefs.available': '1%',
        'nodefs.inodesFree': '1%',
      },
      featureGates: gates,
    }),
    'kube-proxy.json': json({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      clientConnection: { kubeconfig: pki('kube-proxy.kubeconfig') },
      mode: 'iptables',
      clusterCIDR: identity.podRange,
      hostnameOverride: identity.name,
      conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    }),
    'audit-policy.json': json({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [
        { level: 'Metadata', verbs: ['create'], resources: [{ group: '', resources: ['pods/eviction'] }] },
        { level: 'Metadata', verbs: ['delete', 'deletecollection'], resources: [{ group: '', resources: ['pods'] }] },
        // Pods that the cluster's own controllers make, for what the webhooks said of each; a test's thousands of others not.
        {
          level: 'Metadata',
          userGroups: ['system:serviceaccounts:kube-system'],
          verbs: ['create'],
          resources: [{ group: '', resources: ['pods'] }],
        },
        // What the product writes besides, so that what it did can be judged by another's word than its own.
        {
          level: 'Metadata',
          userGroups: [`system:serviceaccounts:${release}`],
          verbs: ['create', 'update', 'patch', 'delete'],
          resources: [
            { group: apiGroup, resources: ['incidents', 'incidents/status'] },
            { group: '', resources: ['pods'] },
            { group: 'apps' },
            { group: 'autoscaling' },
          ],
        },
        { level: 'None' },
      ],
    }),
    // Pods resolve cluster names only: nothing outside the cluster can be reached from it.
    'resolv.conf': '# no upstream\n',
    'containerd.toml': containerdConfig(paths, pauseImage, snapshotter),
    '10-bridge.conflist': json({
      cniVersion: '1.0.0',
      name: 'pods',
      plugins: [
        {
          type: 'bridge',
          bridge: 'pods0',
          isDefaultGateway: true,
          hairpinMode: true,
          ipam: {
            type: 'host-local',
            dataDir: join(paths.state, 'addresses'),
            ranges: [[{ subnet: identity.podRange }]],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    }),
  };
}

function containerdConfig(paths: NodePaths, pauseImage: string, snapshotter: string): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  return `version = 2
root = "${join(paths.state, 'containerd')}"
state = "/run/containerd"

[grpc]
address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
path = "/run/containerd/opt"

[${cri}]
sandbox_image = "${pauseImage}"
# A machine without CAP_SYS_RESOURCE can't lower a score, and a sandbox would then fail to start.
restrict_oom_score_adj = true
# A profile would be loaded into the machine's kernel and outlive the cluster.
disable_apparmor = true

[${cri}.containerd]
snapshotter = "${snapshotter}"
default_runtime_name = "runc"

[${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[${cri}.containerd.runtimes.runc.options]
SystemdCgroup = false

[${cri}.cni]
bin_dir = "${paths.cniPlugins}"
conf_dir = "${paths.config}/cni"
`;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
