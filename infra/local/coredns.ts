import type { NodeIdentity } from './identity.ts';

/** An unprivileged port: the container has no capability to bind 53. */
const dnsPort = 8053;
const healthPort = 8080;
const readyPort = 8181;
const labels = { 'k8s-app': 'kube-dns' };

/** The objects that give pods names for Services, as one List for `kubectl apply`. Pure. */
export function coreDnsObjects(identity: NodeIdentity, image: string): object {
  const metadata = { name: 'coredns', namespace: 'kube-system' };
  // Nothing outside can be reached, so every other name is answered at once as unknown instead of failing slowly.
  const corefile = `cluster.local:${dnsPort} in-addr.arpa:${dnsPort} ip6.arpa:${dnsPort} {
  errors
  health :${healthPort}
  ready :${readyPort}
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    ttl 5
  }
  cache 5
}
.:${dnsPort} {
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'system:coredns' },
        rules: [
          { apiGroups: [''], resources: ['services', 'namespaces', 'pods'], verbs: ['list', 'watch'] },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        ],
      },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'system:coredns' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
        subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace: metadata.namespace }],
      },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { Corefile: corefile } },
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: metadata.namespace, labels },
        spec: {
          clusterIP: identity.dnsAddress,
          selector: labels,
          ports: ['UDP', 'TCP'].map((protocol) => ({
            name: `dns-${protocol.toLowerCase()}`,
            port: 53,
            targetPort: dnsPort,
            protocol,
          })),
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: podSpec(image) },
        },
      },
    ],
  };
}

function podSpec(image: string): object {
  return {
    serviceAccountName: 'coredns',
    priorityClassName: 'system-cluster-critical',
    dnsPolicy: 'Default',
    volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
    containers: [
      {
        name: 'coredns',
        image,
        imagePullPolicy: 'Never',
        args: ['-conf', '/etc/coredns/Corefile'],
        resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '128Mi' } },
        volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          capabilities: { drop: ['ALL'] },
        },
        readinessProbe: probe('/ready', readyPort),
        livenessProbe: probe('/health', healthPort),
      },
    ],
  };
}

function probe(path: string, port: number): object {
  return {
    httpGet: { path, port },
    periodSeconds: 1,
    failureThreshold: 60,
  };
}
