import { trustConfigMapName, trustKey } from '#contract/trust.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';

/** A rotation reaches every agent within minutes all the same, and a cluster of a thousand namespaces sees no burst. */
const maximumWritesPerRound = 100;

const fieldManager = 'infra-autopilot';

export interface TrustKeeperOptions {
  readonly transport: Pick<KubeTransport, 'request'>;
  readonly log: Logger;
  /** ClusterRole of the release: the ConfigMaps go when it goes, so that an uninstallation leaves none behind. */
  readonly clusterRole: string;
  readonly onResult: (result: 'written' | 'removed' | 'failed') => void;
}

/** What should be and what is: the authorities by namespace, as PEM. */
export interface TrustView {
  readonly wanted: Iterable<string>;
  readonly found: ReadonlyMap<string, string>;
  readonly authorities: string;
}

/** Keeps the agents' authorities in each opted-in namespace, and nowhere else. */
export interface TrustKeeper {
  /** Writes and removes what differs. A failure is logged, counted and tried again by the next round. Never rejects. */
  round(view: TrustView, signal: AbortSignal): Promise<void>;
}

export function makeTrustKeeper({ transport, log, clusterRole, onResult }: TrustKeeperOptions): TrustKeeper {
  let owner: object | undefined;

  const send = async (request: Parameters<KubeTransport['request']>[0], absent: 'fails' | 'is fine') => {
    const answer = await transport.request<KubeObject>(request);
    if (answer.ok) return answer.body;
    if (answer.status === 404 && absent === 'is fine') return undefined;
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `${answer.status} ${answer.message}`);
  };

  /** An owner of the whole cluster may own what lies in a namespace; the garbage collector does the rest. */
  const ownerReference = async (signal: AbortSignal): Promise<object> => {
    if (owner !== undefined) return owner;
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const path = `/apis/${apiVersion}/clusterroles/${encodeURIComponent(clusterRole)}`;
    const role = await send({ method: 'GET', path, signal }, 'fails');
    owner = { apiVersion, kind: 'ClusterRole', name: clusterRole, uid: role?.metadata?.uid };
    return owner;
  };

  const write = async (namespace: string, authorities: string, signal: AbortSignal): Promise<void> => {
    const metadata = {
      name: trustConfigMapName,
      labels: { 'app.kubernetes.io/managed-by': fieldManager },
      ownerReferences: [await ownerReference(signal)],
    };
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [trustKey]: authorities } };
    const contentType = 'application/apply-patch+yaml';
    const query = { fieldManager, force: true };
    // A namespace that has just gone needs none.
    await send({ method: 'PATCH', path: pathIn(namespace), query, contentType, body, signal }, 'is fine');
  };

  const attempt = async (namespace: string, done: 'written' | 'removed', work: () => Promise<unknown>) => {
    try {
      await work();
      onResult(done);
    } catch (error) {
      onResult('failed');
      log.warn({ err: error, namespace, configMap: trustConfigMapName }, `agents’ authorities not ${done}`);
    }
  };

  return {
    round: async ({ wanted, found, authorities }, signal) => {
      const namespaces = new Set(wanted);
      const stale = [...namespaces].filter((namespace) => found.get(namespace) !== authorities);
      for (const namespace of stale.slice(0, maximumWritesPerRound)) {
        await attempt(namespace, 'written', () => write(namespace, authorities, signal));
      }
      const left = [...found.keys()].filter((namespace) => !namespaces.has(namespace));
      for (const namespace of left.slice(0, maximumWritesPerRound)) {
        const request = { method: 'DELETE', path: pathIn(namespace), signal } as const;
        await attempt(namespace, 'removed', () => send(request, 'is fine'));
      }
    },
  };
}

function pathIn(namespace: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${trustConfigMapName}`;
}
