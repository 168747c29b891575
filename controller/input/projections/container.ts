import { millisecondsOf } from '#contract/micro-time.ts';
import type { ContainerExit, ContainerSnapshot, ProbeThreshold } from '../../model/snapshot.ts';
import type { Interner } from './intern.ts';
import { bytesOf } from './quantity.ts';
import type { RawContainer, RawContainerStatus, RawProbe, RawTerminated } from './raw-pod.ts';

const keptExits = 3;
/** The cause of a failed pull stands at the very end of its message, behind the image’s name three times over. */
const keptMessageCharacters = 800;

/** Kubernetes' own defaults of a probe. */
const defaultPeriodSeconds = 10;
const defaultFailureThreshold = 3;

const noExits: readonly ContainerExit[] = [];

/** What a container is seen with: its place in the pod, and what was known of it. */
export interface ContainerSight {
  readonly status: RawContainerStatus | undefined;
  readonly previous: ContainerSnapshot | undefined;
  readonly podCreatedAt: number;
  readonly observedAt: number;
  /** Must end before the app starts. */
  readonly init: boolean;
  /** Whether its pod carries our agent. */
  readonly injected: boolean;
}

/**
 * One container of an app, with what its last projection remembered: the API shows at most two exits, no count
 * of failed pulls and not since when a container waits, so all three are carried on from event to event.
 */
export function projectContainer(
  container: RawContainer,
  sight: ContainerSight,
  interner: Interner,
): ContainerSnapshot {
  const { status, previous, observedAt } = sight;
  const { state } = status ?? {};
  const startedAt = millisecondsOf(state?.running?.startedAt);
  const liveness = thresholdOf(container.livenessProbe, interner);
  const readiness = thresholdOf(container.readinessProbe, interner);
  const startup = thresholdOf(container.startupProbe, interner);
  const memoryLimitBytes = bytesOf(status?.resources?.limits?.['memory'] ?? container.resources?.limits?.['memory']);
  return {
    name: interner.text(container.name),
    image: interner.text(container.image ?? status?.image ?? ''),
    ...(sight.init ? { init: true } : {}),
    restartCount: status?.restartCount ?? 0,
    state: stateOf(state),
    ...(state?.waiting === undefined ? {} : waitOf(state.waiting, sight, interner)),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(status?.started === undefined ? {} : { started: status.started }),
    exits: exitsOf(status, previous?.exits ?? noExits, observedAt, interner),
    ...pullsOf(state?.waiting?.reason, previous, observedAt),
    ...(liveness ? { liveness } : {}),
    ...(readiness ? { readiness } : {}),
    ...(startup ? { startup } : {}),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
    ...(sight.injected && state?.running ? idOf(status?.containerID) : {}),
  };
}

/** An id that is none of a runtime's can't be found in /proc either. */
function idOf(containerID: string | undefined): Pick<ContainerSnapshot, 'containerId'> {
  const containerId = /^[\w.+-]+:\/\/([0-9a-f]{32,64})$/.exec(containerID ?? '')?.[1];
  return containerId === undefined ? {} : { containerId };
}

function stateOf(state: RawContainerStatus['state']): ContainerSnapshot['state'] {
  if (state?.running) return 'running';
  if (state?.terminated) return 'terminated';
  return state?.waiting ? 'waiting' : 'unknown';
}

function waitOf(
  waiting: { readonly reason?: string; readonly message?: string },
  { previous, podCreatedAt, observedAt }: ContainerSight,
  interner: Interner,
): Pick<ContainerSnapshot, 'waitingReason' | 'waitingMessage' | 'waitingSince'> {
  const { reason, message } = waiting;
  const goesOn = previous?.waitingSince !== undefined && previous.waitingReason === reason;
  // A pod waits for its first containers from the start; any other wait began at an unknown time before now.
  const firstSeen = previous === undefined && reason === 'ContainerCreating' ? podCreatedAt : observedAt;
  return {
    ...(reason === undefined ? {} : { waitingReason: interner.text(reason) }),
    ...(message === undefined ? {} : { waitingMessage: interner.text(message.slice(0, keptMessageCharacters)) }),
    waitingSince: goesOn ? previous.waitingSince : firstSeen,
  };
}

function thresholdOf(probe: RawProbe | undefined, interner: Interner): ProbeThreshold | undefined {
  if (probe === undefined) return undefined;
  const { periodSeconds = defaultPeriodSeconds, failureThreshold = defaultFailureThreshold } = probe;
  return interner.shared(`probe ${periodSeconds} ${failureThreshold}`, () => ({ periodSeconds, failureThreshold }));
}

function exitsOf(
  status: RawContainerStatus | undefined,
  known: readonly ContainerExit[],
  observedAt: number,
  interner: Interner,
): readonly ContainerExit[] {
  const seen = [status?.lastState?.terminated, status?.state?.terminated].filter((one) => one !== undefined);
  const fresh = seen
    .map((terminated) => exitOf(terminated, observedAt, interner))
    .filter((exit) => !known.some((one) => one.containerId === exit.containerId && one.exitCode === exit.exitCode));
  if (fresh.length === 0) return known;
  return [...known, ...fresh].toSorted((one, other) => one.finishedAt - other.finishedAt).slice(-keptExits);
}

function exitOf(terminated: RawTerminated, observedAt: number, interner: Interner): ContainerExit {
  return {
    containerId: terminated.containerID ?? terminated.finishedAt ?? '',
    exitCode: terminated.exitCode,
    reason: interner.text(terminated.reason ?? ''),
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
