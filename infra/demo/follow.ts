import { agentContainerName, apiVersion } from '#contract/annotations.ts';
import { systemClock } from '#runtime/clock.ts';
import { makeReflector, type Reflector, type StoreChange } from '#runtime/kubernetes/reflector.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import type { Incident } from '#contract/incident.ts';
import type { DemoPod } from './story.ts';

export interface Followed {
  readonly pods: Reflector<DemoPod>;
  readonly incidents: Reflector<Incident>;
  stop(): Promise<void>;
}

/** Follows the namespace's pods and Incidents by list and watch. */
export function follow(
  kube: KubeTransport,
  namespace: string,
  onPod: (change: StoreChange<DemoPod>) => void,
  onIncident: (change: StoreChange<Incident>) => void,
): Followed {
  const common = {
    transport: kube,
    clock: systemClock,
    random: Math.random,
    log: makeLogger('demo', 'silent'),
  } as const;
  const pods = makeReflector<DemoPod>({
    ...common,
    collection: { path: `/api/v1/namespaces/${namespace}/pods`, metadataOnly: false },
    project: (object) => demoPod(object as unknown as PodObject),
    onChange: onPod,
  });
  const incidents = makeReflector<Incident>({
    ...common,
    collection: { path: `/apis/${apiVersion}/namespaces/${namespace}/incidents`, metadataOnly: false },
    project: (object) => object as unknown as Incident,
    onChange: onIncident,
  });
  pods.start();
  incidents.start();
  return { pods, incidents, stop: async () => void (await Promise.all([pods.stop(), incidents.stop()])) };
}

/** What the API always sends of a pod, and what it leaves out while there is nothing to say. */
interface PodObject {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly initContainers?: readonly { readonly name: string }[] };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly AppStatus[];
  };
}

interface AppStatus {
  readonly restartCount: number;
  readonly state?: { readonly waiting?: { readonly reason?: string } };
  readonly lastState?: { readonly terminated?: DemoPod['lastExit'] };
}

const notStarted: AppStatus = { restartCount: 0 };

function demoPod({ metadata, spec, status }: PodObject): DemoPod {
  const app = status.containerStatuses?.[0] ?? notStarted;
  const conditions = status.conditions ?? [];
  const sidecars = spec.initContainers ?? [];
  return {
    name: metadata.name,
    uid: metadata.uid,
    workload: metadata.labels['app'] ?? '',
    ready: conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
    deleting: metadata.deletionTimestamp !== undefined,
    injected: sidecars.some(({ name }) => name === agentContainerName),
    restartCount: app.restartCount,
    waitingReason: app.state?.waiting?.reason,
    lastExit: app.lastState?.terminated,
  };
}
