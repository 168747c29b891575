/** API group of every custom resource, label and annotation of this project. */
export const apiGroup = 'infra-autopilot.io';
export const apiVersion = `${apiGroup}/v1alpha1`;

/** Namespace label that opts a namespace in. Values: {@link NamespaceMode}; absent means `disabled`. */
export const autopilotLabel = `${apiGroup}/autopilot`;

/**
 * What we may do in a namespace. `enabled`: inject, detect, act. `observe`: inject, detect, record what would be
 * done, never act. `disabled`: nothing at all, not even detection.
 */
export const namespaceModes = ['enabled', 'observe', 'disabled'] as const;
export type NamespaceMode = (typeof namespaceModes)[number];

/**
 * `"false"` on a pod keeps the agent out of it; on a namespace, out of each of its pods that doesn't say `"true"` itself.
 */
export const injectAnnotation = `${apiGroup}/inject`;

/** `"true"` on a pod, its owner, its namespace or the release holds every action there. */
export const pausedAnnotation = `${apiGroup}/paused`;

/** `disposable` on a pod says that its node-local volumes may be lost by an eviction. */
export const localDataAnnotation = `${apiGroup}/local-data`;
export const localDataDisposable = 'disposable';

/** Seconds of silence after which an app that accepts connections counts as hung; absent means its liveness threshold. */
export const hangSecondsAnnotation = `${apiGroup}/hang-seconds`;

/** Bounds of a usable `hang-seconds`; anything else is a typing error, and then the probe's own threshold counts. */
export const minimumHangSeconds = 0.2;
export const maximumHangSeconds = 3600;

/** Memory limit and CPU request of the injected agent, as Kubernetes quantities; absent means the chart's. */
export const agentMemoryLimitAnnotation = `${apiGroup}/agent-memory-limit`;
export const agentCpuRequestAnnotation = `${apiGroup}/agent-cpu-request`;

/** `"true"` lets the containers of a pod see each other's processes, so that the agent can end one of them. */
export const shareProcessNamespaceAnnotation = `${apiGroup}/share-process-namespace`;

/**
 * `restart` on a pod whose processes are shared: while the controller can't be reached, its agent restarts the container
 * of an app that hangs by itself.
 */
export const reflexAnnotation = `${apiGroup}/reflex`;
export const reflexRestart = 'restart';

/**
 * `"true"` on a pod lets its agent have all containers of the pod restarted in place, by the node: by ending with
 * {@link restartAllExitCode}. The chart has to say that the cluster can.
 */
export const restartAllAnnotation = `${apiGroup}/restart-all`;

/** With it the agent ends when the pod's containers are to be restarted; injection tells the kubelet what it means. */
export const restartAllExitCode = 88;

/**
 * What may be emptied while the pod lives. `cache-volumes`: names of the pod's volumes that hold nothing but cache,
 * separated by commas; emptyDir, persistentVolumeClaim and ephemeral volumes only. `cache-paths` restricts that to
 * folders inside them, as `volume/path` separated by commas, such as `data/tmp,data/var/thumbnails`; where it is
 * there, nothing but what it names is emptied. The folders themselves stay.
 */
export const cacheVolumesAnnotation = `${apiGroup}/cache-volumes`;
export const cachePathsAnnotation = `${apiGroup}/cache-paths`;

/** On an Incident that waits for approval: the id of the proposal that a person approves. */
export const approvedAnnotation = `${apiGroup}/approved`;

/** RFC 3339 on an owner, a namespace or the release's namespace: what failed before it does not count for a breaker there. */
export const breakerResetAnnotation = `${apiGroup}/breaker-reset`;

/** Written by us on a pod template: makes a rollout that replaces every pod. The key that `kubectl rollout restart` uses. */
export const restartedAtAnnotation = 'kubectl.kubernetes.io/restartedAt';

/** Written by us on a workload or autoscaler whose size we changed for a while: which Incident did it. */
export const surgedByAnnotation = `${apiGroup}/surged-by`;

/** Written by the webhook on each pod that it injected: the reference of the agent's image. */
export const injectedAnnotation = `${apiGroup}/injected`;

/** Written by the webhook on each pod that it changed for an AdmissionOverride: the override's name. */
export const overrideAnnotation = `${apiGroup}/override`;

/** Label that the leading controller puts on its own pod, so that the Service sends reports to the leader. */
export const roleLabel = `${apiGroup}/role`;
export const roleLeader = 'leader';

/** Name of the injected native sidecar container. */
export const agentContainerName = 'infra-autopilot-agent';

/** Audience of the projected ServiceAccount token with which an agent reports. Only this system accepts it. */
export const tokenAudience = 'infra-autopilot';

/** Namespaces that are never touched, whatever their labels say. The release's own namespace joins them at run time. */
export const excludedNamespaces = ['kube-system', 'kube-public', 'kube-node-lease', 'cert-manager'] as const;

/** Reads an opt-in label's value; anything unknown counts as `disabled`, so a typing error never acts. */
export function namespaceMode(labels: Readonly<Record<string, string>> | undefined): NamespaceMode {
  const value = labels?.[autopilotLabel];
  return value === 'enabled' || value === 'observe' ? value : 'disabled';
}

/** Seconds, or undefined for a text that is none or out of bounds. */
export function readHangSeconds(text: string | undefined): number | undefined {
  const seconds = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
  return seconds >= minimumHangSeconds && seconds <= maximumHangSeconds ? seconds : undefined;
}
