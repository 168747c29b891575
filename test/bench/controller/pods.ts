/** Pods of one workload and of one node: what most clusters have. */
const podsPerWorkload = 10;
const podsPerNode = 30;
const namespaces = 40;

/** Where the first pod was made, in milliseconds since the epoch. */
const epoch = Date.UTC(2026, 0, 1);

/** What an event changes of a pod; without it the pod is as the list has it. */
export interface PodChange {
  readonly resourceVersion: number;
  /** When, in milliseconds since the epoch: shown as the Ready transition, or as the last exit of a failing pod. */
  readonly at: number;
  /** Back off after an exit, instead of becoming ready. */
  readonly failing: boolean;
}

/** Equal numbers give equal text, and near ones share no pattern: names and ids as random as a cluster's. */
export function hexOf(seed: number, digits: number): string {
  let text = '';
  for (let state = seed | 0; text.length < digits;) {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    text += ((mixed ^ (mixed >>> 16)) >>> 0).toString(16).padStart(8, '0');
  }
  return text.slice(0, digits);
}

function uidOf(kind: number, index: number): string {
  const hex = hexOf(index * 16 + kind, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

export function podUid(index: number): string {
  return uidOf(0, index);
}

function workloadOf(index: number): { readonly index: number; readonly name: string; readonly namespace: string } {
  const workload = Math.floor(index / podsPerWorkload);
  return { index: workload, name: `service-${workload}`, namespace: `team-${workload % namespaces}` };
}

function reference(kind: string, name: string, uid: string): object {
  return { apiVersion: 'apps/v1', kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The namespaces, all of them opted in. */
export function namespaceObjects(): readonly object[] {
  return Array.from({ length: namespaces }, (_, index) => ({
    metadata: {
      name: `team-${index}`,
      uid: uidOf(4, index),
      resourceVersion: '1',
      labels: { 'infra-autopilot.io/autopilot': 'enabled' },
    },
  }));
}

/** What owns so many pods, and the nodes that they run on, by the API's name of the resource. */
export function surroundings(pods: number): Readonly<Record<string, readonly object[]>> {
  const workloads = Array.from({ length: Math.ceil(pods / podsPerWorkload) }, (_, index) =>
    workloadOf(index * podsPerWorkload),
  );
  const metadata = (one: (typeof workloads)[number], kind: number, suffix: string): object => ({
    namespace: one.namespace,
    name: `${one.name}${suffix}`,
    uid: uidOf(kind, one.index),
    resourceVersion: '1',
    creationTimestamp: time(epoch),
    generation: 1,
  });
  const scale = {
    spec: { replicas: podsPerWorkload },
    status: { observedGeneration: 1, readyReplicas: podsPerWorkload },
  };
  return {
    deployments: workloads.map((one) => ({ metadata: metadata(one, 2, ''), ...scale })),
    replicasets: workloads.map((one) => ({
      metadata: {
        ...metadata(one, 1, `-${hexOf(one.index, 10)}`),
        labels: { 'pod-template-hash': hexOf(one.index, 10) },
        annotations: { 'deployment.kubernetes.io/revision': '1' },
        ownerReferences: [reference('Deployment', one.name, uidOf(2, one.index))],
      },
      ...scale,
    })),
    nodes: Array.from({ length: Math.ceil(pods / podsPerNode) }, (_, index) => ({
      metadata: { name: nodeOf(index * podsPerNode), uid: uidOf(3, index), resourceVersion: '1' },
      status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time(epoch) }] },
    })),
  };
}

function nodeOf(index: number): string {
  return `node-${Math.floor(index / podsPerNode)}.example.internal`;
}

/** A pod of a mesh and of a Deployment with our agent, of about 8.5 KB as the API server writes it. */
export function podObject(index: number, change?: PodChange): object {
  const workload = workloadOf(index);
  const hash = hexOf(workload.index, 10);
  const createdAt = epoch + index * 1000;
  const failing = change?.failing === true;
  const readyAt = time(change?.at ?? createdAt + 20_000);
  const env = Array.from({ length: 10 }, (_, one) => ({
    name: `SETTING_NUMBER_${one}`,
    value: `http://dependency-${one}.${workload.namespace}.svc.cluster.local:8080/${hexOf(workload.index + one, 12)}`,
  }));
  const mounts = (names: readonly string[]): object[] =>
    names.map((name) => ({ name, mountPath: `/var/run/${name}`, readOnly: true }));
  const probe = (path: string): object => ({
    httpGet: { path, port: 8080, scheme: 'HTTP' },
    initialDelaySeconds: 5,
    timeoutSeconds: 2,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  });
  const image = `registry.example.internal/${workload.namespace}/${workload.name}:1.${workload.index}.0`;
  const resources = { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } };
  const settings = {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true },
  };
  const running = { running: { startedAt: time(createdAt + 10_000) } };
  const exited = {
    exitCode: 1,
    reason: 'Error',
    startedAt: time(createdAt + 10_000),
    finishedAt: readyAt,
    containerID: `containerd://${hexOf(index + 5 + (change?.resourceVersion ?? 0), 64)}`,
  };
  const status = (name: string, container: number): object => ({
    name,
    state: running,
    lastState: {},
    ready: true,
    restartCount: 0,
    image,
    imageID: `${image.split(':')[0]}@sha256:${hexOf(workload.index + container, 64)}`,
    containerID: `containerd://${hexOf(index * 3 + container, 64)}`,
    started: true,
    resources,
  });
  const owned = (path: string): object => ({
    [`f:${path}`]: { '.': {}, 'f:name': {}, 'f:value': {}, 'f:valueFrom': {} },
  });
  const managed = (manager: string, fields: object, subresource?: string): object => ({
    manager,
    operation: 'Update',
    apiVersion: 'v1',
    time: time(createdAt),
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
    ...(subresource === undefined ? {} : { subresource }),
  });
  const condition = (type: string, holds: boolean): object => ({
    type,
    status: holds ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: readyAt,
  });
  return {
    metadata: {
      name: `${workload.name}-${hash}-${hexOf(index, 5)}`,
      generateName: `${workload.name}-${hash}-`,
      namespace: workload.namespace,
      uid: podUid(index),
      resourceVersion: String(change?.resourceVersion ?? 100_000 + index),
      creationTimestamp: time(createdAt),
      labels: {
        app: workload.name,
        'app.kubernetes.io/name': workload.name,
        'app.kubernetes.io/part-of': workload.namespace,
        'pod-template-hash': hash,
      },
      annotations: {
        'infra-autopilot.io/injected': '0.1.0',
        'prometheus.io/scrape': 'true',
        'checksum/config': hexOf(workload.index, 64),
      },
      ownerReferences: [reference('ReplicaSet', `${workload.name}-${hash}`, uidOf(1, workload.index))],
      managedFields: [
        managed('kube-controller-manager', {
          'f:metadata': { 'f:annotations': owned('checksum/config'), 'f:labels': owned('app') },
          'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:env': env.map(({ name }) => owned(name)) } } },
        }),
        managed(
          'kubelet',
          { 'f:status': { 'f:conditions': ['Ready', 'Initialized'].map((type) => owned(type)) } },
          'status',
        ),
      ],
    },
    spec: {
      initContainers: [
        {
          name: 'infra-autopilot-agent',
          image: 'registry.example.internal/infra-autopilot/agent:0.1.0',
          restartPolicy: 'Always',
          resources: { limits: { memory: '16Mi' }, requests: { cpu: '5m', memory: '16Mi' } },
          ...settings,
        },
      ],
      containers: [
        {
          name: 'app',
          image,
          ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
          env,
          resources,
          volumeMounts: mounts(['kube-api-access', 'config', 'scratch']),
          livenessProbe: probe('/healthz'),
          readinessProbe: probe('/readyz'),
          ...settings,
        },
        {
          name: 'proxy',
          image,
          resources,
          volumeMounts: mounts(['kube-api-access']),
          readinessProbe: probe('/ready'),
          ...settings,
        },
      ],
      volumes: [
        {
          name: 'kube-api-access',
          projected: { sources: [{ serviceAccountToken: { path: 'token' } }], defaultMode: 420 },
        },
        { name: 'config', configMap: { name: `${workload.name}-config`, defaultMode: 420 } },
        { name: 'scratch', emptyDir: {} },
      ],
      nodeName: nodeOf(index),
      serviceAccountName: workload.name,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      schedulerName: 'default-scheduler',
      tolerations: ['not-ready', 'unreachable'].map((taint) => ({
        key: `node.kubernetes.io/${taint}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    },
    status: {
      phase: 'Running',
      conditions: [
        ...['PodReadyToStartContainers', 'Initialized', 'PodScheduled'].map((type) => condition(type, true)),
        ...['Ready', 'ContainersReady'].map((type) => condition(type, !failing)),
      ],
      hostIP: `10.0.${(index / podsPerNode) & 255}.1`,
      podIP: `10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`,
      startTime: time(createdAt),
      initContainerStatuses: [status('infra-autopilot-agent', 0)],
      containerStatuses: [
        failing
          ? {
              ...status('app', 1),
              ready: false,
              restartCount: 3,
              state: {
                waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s restarting failed container=app' },
              },
              lastState: { terminated: exited },
              started: false,
            }
          : status('app', 1),
        status('proxy', 2),
      ],
      qosClass: 'Burstable',
    },
  };
}
