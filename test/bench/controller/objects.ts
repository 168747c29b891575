/** Pods of one ReplicaSet, and namespaces over which all are spread. */
const podsOfReplicaSet = 10;
export const namespaceCount = 50;

const createdAt = '2026-01-01T00:00:00Z';

export function namespaceObject(index: number): object {
  return {
    metadata: {
      name: `team-${index}`,
      uid: `namespace-${index}`,
      resourceVersion: '1',
      labels: { 'infra-autopilot.io/autopilot': 'enabled' },
    },
  };
}

export function replicaSetCount(pods: number): number {
  return Math.ceil(pods / podsOfReplicaSet);
}

export function replicaSetObject(index: number): object {
  const name = `service-${index}-7d9c5b8f4`;
  return {
    metadata: {
      ...own(name, namespaceOf(index), `replicaset-${index}`),
      ownerReferences: [owner('Deployment', `service-${index}`, `deployment-${index}`)],
      annotations: { 'deployment.kubernetes.io/revision': '3' },
      labels: { app: `service-${index}`, 'pod-template-hash': '7d9c5b8f4' },
    },
    spec: { replicas: podsOfReplicaSet },
    status: { replicas: podsOfReplicaSet, readyReplicas: podsOfReplicaSet },
  };
}

/** A pod of about 8.5 KB as the API server sends it: with the agent injected, managed fields and all of its status. */
export function podObject(index: number, version: number, exitedAt?: string): object {
  const set = Math.floor(index / podsOfReplicaSet);
  const name = `service-${set}-7d9c5b8f4-${(index % podsOfReplicaSet).toString(36)}${index.toString(36).padStart(4, '0')}`;
  const image = `registry.example.com/team/service-${set}:1.${set % 40}.0`;
  return {
    metadata: {
      ...own(name, namespaceOf(set), `pod-${index}`),
      resourceVersion: String(version),
      generateName: `service-${set}-7d9c5b8f4-`,
      labels: { app: `service-${set}`, 'pod-template-hash': '7d9c5b8f4', 'app.kubernetes.io/part-of': 'shop' },
      annotations: {
        'infra-autopilot.io/injected': 'registry.example.com/agent@sha256:0000',
        'prometheus.io/scrape': 'true',
      },
      ownerReferences: [owner('ReplicaSet', `service-${set}-7d9c5b8f4`, `replicaset-${set}`)],
      managedFields: managedFields,
    },
    spec: {
      nodeName: `node-${index % 200}`,
      terminationGracePeriodSeconds: 30,
      initContainers: [container('infra-autopilot-agent', 'registry.example.com/agent@sha256:0000', 8, 'Always')],
      containers: [container('app', image, 12), container('proxy', 'registry.example.com/proxy:2.1', 6)],
      volumes: [{ name: 'config', configMap: { name: `service-${set}` } }],
    },
    status: {
      phase: 'Running',
      podIP: '10.0.0.1',
      startTime: createdAt,
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
        type,
        status: exitedAt !== undefined && type === 'Ready' ? 'False' : 'True',
        lastTransitionTime: createdAt,
      })),
      initContainerStatuses: [status('infra-autopilot-agent', index)],
      containerStatuses: [
        exitedAt === undefined ? status('app', index) : ended(index, version, exitedAt),
        status('proxy', index),
      ],
    },
  };
}

function namespaceOf(set: number): string {
  return `team-${set % namespaceCount}`;
}

function own(name: string, namespace: string, uid: string): object {
  return { name, namespace, uid: `${uid}-1f0c2b7e-5a1d-4c53`, resourceVersion: '1', creationTimestamp: createdAt };
}

function owner(kind: string, name: string, uid: string): object {
  return {
    apiVersion: 'apps/v1',
    kind,
    name,
    uid: `${uid}-1f0c2b7e-5a1d-4c53`,
    controller: true,
    blockOwnerDeletion: true,
  };
}

function container(name: string, image: string, variables: number, restartPolicy?: string): object {
  const probe = { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 };
  return {
    name,
    image,
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
    env: Array.from({ length: variables }, (_none, index) => ({
      name: `SETTING_NUMBER_${index}`,
      value: `the value of setting ${index} of container ${name}`,
    })),
    livenessProbe: probe,
    readinessProbe: probe,
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    volumeMounts: [{ name: 'config', mountPath: '/etc/config' }],
    terminationMessagePath: '/dev/termination-log',
    imagePullPolicy: 'IfNotPresent',
  };
}

function status(name: string, index: number): object {
  return {
    name,
    ready: true,
    started: true,
    restartCount: 0,
    image: `registry.example.com/${name}:1`,
    imageID: `registry.example.com/${name}@sha256:${'0'.repeat(64)}`,
    containerID: `containerd://${name}${String(index).padStart(60, '0')}`,
    state: { running: { startedAt: createdAt } },
  };
}

/** A container that waits after an exit at the time given. */
function ended(index: number, version: number, finishedAt: string): object {
  const terminated = { exitCode: 1, reason: 'Error', finishedAt, containerID: `containerd://app-${index}-${version}` };
  return {
    ...status('app', index),
    ready: false,
    restartCount: 1,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated },
  };
}

/** Of which client wrote which field: a third of a pod's weight, and of no use to any rule. */
const managedFields = ['kube-controller-manager', 'kubelet'].map((manager) => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  time: createdAt,
  fieldsType: 'FieldsV1',
  fieldsV1: Object.fromEntries(
    Array.from({ length: 18 }, (_none, index) => [
      `k:{"name":"SETTING_NUMBER_${index}"}`,
      { '.': {}, 'f:name': {}, 'f:value': {} },
    ]),
  ),
}));
