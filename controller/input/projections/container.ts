import { millisecondsOf } from '#contract/micro-time.ts';
import type { ContainerExit, ContainerSnapshot, ProbeThreshold } from '../../model/snapshot.ts';
import type { RawContainer, RawContainerStatus, RawProbe, RawTerminated } from './raw-pod.ts';

const keptExits = 3;
const keptMessageCharacters = 300;

/** Kubernetes' own defaults of a probe. */
const defaultPeriodSeconds = 10;
const defaultFailureThreshold = 3;

/**
 * One container of an app, with what its last projection remembered: the API shows at most two exits and no count
 * of failed pulls, so both are carried on from event to event.
 */
export function projectContainer(
  container: RawContainer,
  status: RawContainerStatus | undefined,
  previous: ContainerSnapshot | undefined,
  observedAt: number,
): ContainerSnapshot {
  const { state } = status ?? {};
  const startedAt = millisecondsOf(state?.running?.startedAt);
  const liveness = thresholdOf(container.livenessProbe);
  const readiness = thresholdOf(container.readinessProbe);
  return {
    name: container.name,
    image: container.image ?? status?.image ?? '',
    restartCount: status?.restartCount ?? 0,
    state: stateOf(state),
    ...(state?.waiting?.reason === undefined ? {} : { waitingReason: state.waiting.reason }),
    ...(state?.waiting?.message === undefined
      ? {}
      : { waitingMessage: state.waiting.message.slice(0, keptMessageCharacters) }),
    ...(startedAt === undefined ? {} : { startedAt }),
    exits: exitsOf(status, previous?.exits ?? [], observedAt),
    ...pullsOf(state?.waiting?.reason, previous, observedAt),
    ...(liveness ? { liveness } : {}),
    ...(readiness ? { readiness } : {}),
  };
}

function stateOf(state: RawContainerStatus['state']): ContainerSnapshot['state'] {
  if (state?.running) return 'running';
  if (state?.terminated) return 'terminated';
  return state?.waiting ? 'waiting' : 'unknown';
}

function thresholdOf(probe: RawProbe | undefined): ProbeThreshold | undefined {
  if (probe === undefined) return undefined;
  return {
    periodSeconds: probe.periodSeconds ?? defaultPeriodSeconds,
    failureThreshold: probe.failureThreshold ?? defaultFailureThreshold,
  };
}

function exitsOf(
  status: RawContainerStatus | undefined,
  known: readonly ContainerExit[],
  observedAt: number,
): readonly ContainerExit[] {
  const seen = [status?.lastState?.terminated, status?.state?.terminated].filter((one) => one !== undefined);
  const fresh = seen
    .map((terminated) => exitOf(terminated, observedAt))
    .filter((exit) => !known.some((one) => one.containerId === exit.containerId && one.exitCode === exit.exitCode));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].toSorted((one, other) => one.finishedAt - other.finishedAt).slice(-keptExits);
}

function exitOf(terminated: RawTerminated, observedAt: number): ContainerExit {
  return {
    containerId: terminated.containerID ?? terminated.finishedAt ?? '',
    exitCode: terminated.exitCode,
    reason: terminated.reason ?? '',
    finishedAt: millisecondsOf(terminated.finishedAt) ?? observedAt,
  };
}

/** A pull has failed each time that the state becomes ErrImagePull; ImagePullBackOff alone says that one had before. */
function pullsOf(
  waitingReason: string | undefined,
  previous: ContainerSnapshot | undefined,
  observedAt: number,
): Pick<ContainerSnapshot, 'pullFailures' | 'pullFailingSince'> {
  const failing = waitingReason === 'ErrImagePull' || waitingReason === 'ImagePullBackOff';
  if (!failing) return { pullFailures: 0 };
  const before = previous?.pullFailures ?? 0;
  const again = waitingReason === 'ErrImagePull' && previous?.waitingReason !== 'ErrImagePull';
  return {
    pullFailures: Math.max(1, before + (again ? 1 : 0)),
    pullFailingSince: previous?.pullFailingSince ?? observedAt,
  };
}
