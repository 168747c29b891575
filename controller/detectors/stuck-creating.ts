import type { Cause, Detector, Finding } from '../model/finding.ts';
import type { EventSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { livePods } from './evidence/live-pods.ts';
import { missingObjectCause } from './evidence/missing-object.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';
import { warnings } from './evidence/warnings.ts';

/** With a Warning event that says what fails: the kubelet has tried a few times by then. */
const toldMilliseconds = 60_000;

/** Without one: a large image on a slow line takes minutes. */
const silentMilliseconds = 300_000;

const mountReasons = ['FailedMount', 'FailedAttachVolume', 'FailedMapVolume'];
const sandboxReasons = ['FailedCreatePodSandBox', 'NetworkNotReady'];

/** A pod whose containers wait to be created for too long: for a volume, for the sandbox or its network. */
export const stuckCreating: Detector = {
  name: 'stuck-creating',
  failureClass: 'StuckCreating',
  description:
    'The containers of a pod have waited to be created for 60 s where an event says that a mount or the sandbox fails, for 300 s otherwise. An init container that runs is not waiting.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod): Finding[] => {
      const waiting = waitingOf(snapshot, pod);
      if (waiting === undefined || now < waiting.ripeAt) return [];
      const { since, told } = waiting;
      const seconds = Math.floor((now - since) / 1000);
      const cause = causeOf(told, pod);
      return [
        podFinding(stuckCreating, pod, {
          faultAt: since,
          evidenceAt: snapshot.contactAt,
          cause,
          seen: told ? { message: quote(told.message) } : {},
          message: `Pod ${pod.name} has waited ${seconds} s for its containers to be created. ${cause.message}`,
        }),
      ];
    }),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot).flatMap((pod) => waitingOf(snapshot, pod)?.ripeAt ?? []),
      now,
    ),
};

interface Waiting {
  readonly since: number;
  readonly told: EventSnapshot | undefined;
  readonly ripeAt: number;
}

function waitingOf(snapshot: WorkloadSnapshot, { uid, containers }: PodSnapshot): Waiting | undefined {
  const init = containers.filter((container) => container.init === true);
  if (init.some(({ state }) => state === 'running')) return undefined;
  const waitingSince = containers
    .filter(
      ({ state, waitingReason }) =>
        state === 'waiting' && (waitingReason === 'ContainerCreating' || waitingReason === 'PodInitializing'),
    )
    .flatMap((container) => container.waitingSince ?? []);
  if (waitingSince.length === 0) return undefined;
  // The app's containers wait for as long as init containers work, which is no fault.
  const initEndedAt = init.flatMap(({ exits }) => exits.at(-1)?.finishedAt ?? []);
  const since = Math.max(Math.min(...waitingSince), ...initEndedAt);
  const [told] = warnings(snapshot, uid, [...mountReasons, ...sandboxReasons]).filter(({ lastAt }) => lastAt >= since);
  return { since, told, ripeAt: since + (told ? toldMilliseconds : silentMilliseconds) };
}

function causeOf(told: EventSnapshot | undefined, { namespace }: PodSnapshot): Cause {
  if (told === undefined) return { name: 'unknown', message: 'No event says what it waits for.' };
  const missing = missingObjectCause(told.message, namespace);
  if (missing) return missing;
  const mount = mountReasons.includes(told.reason);
  return {
    name: mount ? 'mount-failed' : 'sandbox-failed',
    message: `${mount ? 'A volume can not be mounted' : 'The node can not make its sandbox'}: ${quote(told.message)}.`,
  };
}
