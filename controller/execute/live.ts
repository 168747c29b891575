import { AutopilotError } from '#runtime/errors.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Action } from '../model/action.ts';
import type { ActContext } from './context.ts';
import { deploymentPath, namespacePath, ownerPath, podPath, targetPath } from './paths.ts';

/** An object as far as its metadata goes: enough to see a pause, and a fraction of the bytes. */
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** One answer: `object` is undefined when there is none of that name. */
export interface Read {
  readonly object: KubeObject | undefined;
}

/** What an action touches and what may hold it, as it is now and past every cache. What was not asked for is undefined. */
export interface Live {
  readonly namespace: Read;
  readonly owner: Read | undefined;
  readonly pod: Read | undefined;
  /** What a patch changes, whole. */
  readonly target: Read | undefined;
  readonly releaseNamespace: Read;
  readonly releaseDeployment: Read;
}

/**
 * Reads everything at once, so that it takes as long as one request.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when the API gave no usable answer to one of them.
 */
export async function readLive(action: Action, context: ActContext): Promise<Live> {
  const { namespace } = action;
  const { transport, signal, release } = context;
  const target = patchedPath(action);
  const workload = ownerPath(namespace, context.workload);
  const get = (path: string, accept?: string): Promise<Read> => read(transport, path, accept, signal);
  const whole = target === undefined ? undefined : get(target);
  const [namespaceRead, owner, pod, targetRead, releaseNamespace, releaseDeployment] = await Promise.all([
    get(namespacePath(namespace), metadataOnly),
    workload === undefined ? undefined : workload === target ? whole : get(workload, metadataOnly),
    'podName' in action ? get(podPath(namespace, action.podName)) : undefined,
    whole,
    get(namespacePath(release.namespace), metadataOnly),
    get(deploymentPath(release.namespace, release.deployment), metadataOnly),
  ]);
  return { namespace: namespaceRead, owner, pod, target: targetRead, releaseNamespace, releaseDeployment };
}

/** Path of the object that an action patches; undefined for what patches none. */
function patchedPath(action: Action): string | undefined {
  switch (action.kind) {
    case 'evict-pod':
    case 'restart-container':
    case 'clear-cache':
      return undefined;
    case 'restart-rollout':
      return targetPath(action.namespace, action.workload);
    case 'scale-replicas':
      return targetPath(action.namespace, action.target);
  }
}

async function read(
  transport: KubeTransport,
  path: string,
  accept: string | undefined,
  signal: AbortSignal,
): Promise<Read> {
  const answer = await transport.request<KubeObject>({
    method: 'GET',
    path,
    ...(accept === undefined ? {} : { accept }),
    signal,
  });
  if (answer.ok) return { object: answer.body };
  if (answer.status === 404) return { object: undefined };
  throw new AutopilotError('AP_KUBERNETES_REQUEST', `GET ${path}: ${answer.status} ${answer.message}`);
}
