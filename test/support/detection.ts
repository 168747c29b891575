import type { Detector, Finding } from '../../controller/model/finding.ts';
import type {
  AgentSnapshot,
  ContainerSnapshot,
  EventSnapshot,
  NodeSnapshot,
  PodSnapshot,
  ProbeSnapshot,
  WorkloadSnapshot,
} from '../../controller/model/snapshot.ts';
import { agent, container, noon, pod, snapshot } from './snapshots.ts';

/** So many seconds before {@link noon}. */
export function ago(seconds: number): number {
  return noon - seconds * 1000;
}

/** A Warning event that was just seen for the third time in 25 s. */
export function warning(reason: string, message: string, more: Partial<EventSnapshot> = {}): EventSnapshot {
  return { reason, message, count: 3, firstAt: ago(25), lastAt: noon, ...more };
}

/** A container that has waited since ten seconds before {@link noon}. */
export function waiting(waitingReason: string, more: Partial<ContainerSnapshot> = {}): ContainerSnapshot {
  const { startedAt: _none, ...rest } = container();
  return { ...rest, state: 'waiting', waitingReason, waitingSince: ago(10), ...more };
}

/** The node of {@link pod}, not ready for a minute. */
export function unreadyNode(more: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return { name: 'node-a', ready: false, since: ago(60), message: 'Kubelet stopped posting node status.', ...more };
}

/** A liveness probe that has timed out for 31 s. */
export function silentProbe(more: Partial<ProbeSnapshot> = {}): ProbeSnapshot {
  return {
    container: 'app',
    probe: 'liveness',
    state: 'failing',
    failure: 'timeout',
    consecutiveFailures: 31,
    receivedAt: noon,
    failingSince: ago(31),
    lastSuccessAt: ago(32),
    silentSince: ago(32),
    ...more,
  };
}

/** A workload of one pod, with what is said about it. */
export function lonePod(
  more: Partial<PodSnapshot>,
  around: Partial<WorkloadSnapshot> & {
    readonly said?: readonly EventSnapshot[];
    readonly agent?: Partial<AgentSnapshot>;
  } = {},
): WorkloadSnapshot {
  const { said = [], agent: reported, ...rest } = around;
  const only = pod(more);
  return snapshot({
    pods: [only],
    events: new Map([[only.uid, said]]),
    ...(reported ? { agents: new Map([[only.uid, agent(reported)]]) } : {}),
    ...rest,
  });
}

/** The first moment from {@link noon} on at which a detector, asked only when it wants to be, finds anything. */
export function foundAt(detector: Detector, seen: WorkloadSnapshot): number | undefined {
  let now: number | undefined = noon;
  while (now !== undefined) {
    if (detector.detect(seen, now).length > 0) return now;
    now = detector.ripensAt?.(seen, now);
  }
  return undefined;
}

/** Names of the causes that a detector finds at {@link noon}. */
export function causesFound(detector: Detector, seen: WorkloadSnapshot): readonly Finding['cause']['name'][] {
  return detector.detect(seen, noon).map(({ cause }) => cause.name);
}
