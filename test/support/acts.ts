import { autopilotLabel } from '#contract/annotations.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import type { ActContext } from '../../controller/execute/context.ts';
import type { AgentCommands } from '../../controller/model/agent-commands.ts';
import { refusal, scriptedTransport, type ScriptedTransport } from './scripted-transport.ts';
import { noon, shopWorkload } from './snapshots.ts';

/** Objects by their path, as the API server holds them. */
export type Objects = Readonly<Record<string, object | undefined>>;

export const paths = {
  pod: '/api/v1/namespaces/shop/pods/web-1',
  namespace: '/api/v1/namespaces/shop',
  owner: '/apis/apps/v1/namespaces/shop/deployments/web',
  autoscaler: '/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web',
  releaseNamespace: '/api/v1/namespaces/autopilot',
  releaseDeployment: '/apis/apps/v1/namespaces/autopilot/deployments/autopilot-controller',
} as const;

/** A namespace that is opted in, with one pod of one Deployment, and the release: nothing speaks against an act. */
export const quietObjects = {
  [paths.pod]: {
    metadata: { name: 'web-1', namespace: 'shop', uid: 'pod-1' },
    status: { containerStatuses: [{ name: 'app', containerID: 'containerd://app-1', state: { running: {} } }] },
  },
  [paths.namespace]: { metadata: { name: 'shop', labels: { [autopilotLabel]: 'enabled' } } },
  [paths.owner]: {
    metadata: { name: 'web', namespace: 'shop', uid: 'web-uid', generation: 4, resourceVersion: '9', annotations: {} },
    spec: { replicas: 3, template: { metadata: { annotations: {} } } },
  },
  [paths.autoscaler]: {
    metadata: { name: 'web', namespace: 'shop', uid: 'hpa-uid', resourceVersion: '11', annotations: {} },
    spec: { minReplicas: 2, maxReplicas: 10 },
  },
  [paths.releaseNamespace]: { metadata: { name: 'autopilot' } },
  [paths.releaseDeployment]: { metadata: { name: 'autopilot-controller' } },
} satisfies Objects;

/** The same object with an annotation. */
export function annotated(path: keyof typeof quietObjects, annotations: Readonly<Record<string, string>>): Objects {
  const object: { readonly metadata: object } = quietObjects[path];
  return { [path]: { ...object, metadata: { ...object.metadata, annotations } } };
}

/** Whether a request can change anything. */
export function changes({ method, query }: KubeRequest): boolean {
  return method !== 'GET' && query?.['dryRun'] !== 'All';
}

export interface ActWorld {
  readonly transport: ScriptedTransport;
  readonly context: ActContext;
  /** What was asked for besides reads. */
  readonly writes: () => readonly KubeRequest[];
}

/** An API server that holds {@link quietObjects}, changed as a test says, and answers every write the same way. */
export function actWorld(
  objects: Objects = {},
  write: KubeAnswer<unknown> = { ok: true, status: 200, body: {} },
  more: Partial<ActContext> = {},
): ActWorld {
  const held: Objects = { ...quietObjects, ...objects };
  const transport = scriptedTransport(({ method, path }) => {
    if (method !== 'GET') return write;
    const body = held[path];
    return body === undefined ? refusal(404, 'NotFound') : { ok: true, status: 200, body };
  });
  const context: ActContext = {
    transport,
    agents: silentAgents,
    clock: { now: () => noon, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    leading: () => true,
    stillFailing: () => true,
    workload: shopWorkload,
    release: { namespace: 'autopilot', deployment: 'autopilot-controller' },
    incident: 'web-crash',
    intentId: 'incident-uid-1',
    intendedAt: noon - 50,
    ...more,
  };
  return { transport, context, writes: () => transport.requests.filter(({ method }) => method !== 'GET') };
}

/** Nobody listens. */
const silentAgents: AgentCommands = { send: () => Promise.resolve(undefined) };
