import type { Refusal } from '../model/plan.ts';
import { attemptsRail } from './attempts.ts';
import type { RailContext } from './context.ts';
import { cooldownRail } from './cooldown.ts';
import { evictionBackoffRail } from './eviction-backoff.ts';

/** A rail says why not, or undefined when it has nothing against it. */
type Rail = (context: RailContext) => Refusal | undefined;

/** Evidence older than this is not acted on; a watch that has been silent for longer is not a watch. */
const evidenceFreshMilliseconds = 60_000;

const paused: Rail = ({ finding, snapshot }) => {
  const where = finding.pod.paused ? 'pod' : snapshot.pausedBy;
  return where === undefined
    ? undefined
    : { skip: 'paused', message: `An annotation on the ${where} holds every action.` };
};

const mirrorPod: Rail = ({ finding }) =>
  finding.pod.mirror
    ? {
        skip: 'mirror-pod',
        message: `Pod ${finding.pod.name} is static: its node's own files make it, not the API server.`,
      }
    : undefined;

const noController: Rail = ({ finding }) =>
  finding.pod.controller === undefined
    ? { skip: 'no-controller', message: `Nothing owns pod ${finding.pod.name}, so nothing would bring it back.` }
    : undefined;

const jobPod: Rail = ({ finding }) =>
  finding.pod.controller?.kind === 'Job'
    ? { skip: 'job-pod', message: 'The Job decides by its backoffLimit and podFailurePolicy.' }
    : undefined;

const terminating: Rail = ({ finding }) =>
  finding.pod.terminating
    ? { skip: 'terminating', message: `Pod ${finding.pod.name} is already being deleted.` }
    : undefined;

const localData: Rail = ({ finding }) => {
  const volumes = finding.pod.localData;
  if (volumes.length === 0) return undefined;
  return {
    skip: 'local-data',
    message: `An eviction would lose the content of ${volumes.join(', ')} in pod ${finding.pod.name}.`,
  };
};

const staleEvidence: Rail = ({ finding, now }) => {
  if (now - finding.evidenceAt <= evidenceFreshMilliseconds) return undefined;
  const until = now + evidenceFreshMilliseconds;
  return { skip: 'stale-evidence', message: 'Nothing was heard for more than 60 s, so the fault may be over.', until };
};

/** The kubelet restarts a container at the same threshold; a second actor helps only where that did not. */
const kubeletFirst: Rail = ({ finding, incident }) => {
  if (finding.failureClass !== 'LivenessProbeFailed') return undefined;
  const before = incident?.status?.pod?.uid === finding.pod.uid ? incident.status.evidence?.restartCount : undefined;
  if (before !== undefined && (finding.evidence.restartCount ?? 0) > before) return undefined;
  return {
    skip: 'kubelet-restarts-first',
    message: 'The kubelet restarts the container first; it is replaced only if that does not help.',
  };
};

const lastReadyReplica: Rail = ({ finding, snapshot }) => {
  if (!finding.pod.ready) return undefined;
  const others = snapshot.pods.filter((pod) => pod.ready && !pod.terminating && pod.uid !== finding.pod.uid);
  if (others.length > 0) return undefined;
  return { skip: 'last-ready-replica', message: `Pod ${finding.pod.name} still serves and is the only one that does.` };
};

/**
 * In the order of what a person should hear first: someone's will, what can never be done, what may pass.
 * The attempts come before the cool-down, so that an exhausted workload is handed over at once.
 */
export const rails: readonly Rail[] = [
  paused,
  mirrorPod,
  noController,
  jobPod,
  terminating,
  localData,
  attemptsRail,
  kubeletFirst,
  lastReadyReplica,
  staleEvidence,
  evictionBackoffRail,
  cooldownRail,
];
