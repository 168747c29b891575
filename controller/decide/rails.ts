import type { Refusal } from '../model/plan.ts';
import { budgetRail } from './budget.ts';
import type { BreakerRefusal } from './breaker-refusal.ts';
import type { RailContext } from './context.ts';
import { cooldownRail } from './cooldown.ts';
import { jitterRail } from './jitter.ts';
import { recurrenceRail } from './recurrence.ts';
import { scopeBreakersRail } from './scope-breakers.ts';
import { windowRail } from './windows.ts';

/** A rail says why not, or undefined when it has nothing against it. */
type Rail = (context: RailContext) => Refusal | BreakerRefusal | undefined;

/** Evidence older than this is not acted on; a watch that has been silent for longer is not a watch. */
const evidenceFreshMilliseconds = 60_000;

const paused: Rail = ({ finding, snapshot }) => {
  const where = finding.pod?.paused === true ? 'pod' : snapshot.pausedBy;
  return where === undefined
    ? undefined
    : { skip: 'paused', message: `An annotation on the ${where} holds every action.` };
};

const mirrorPod: Rail = ({ finding: { pod } }) =>
  pod?.mirror === true
    ? { skip: 'mirror-pod', message: `Pod ${pod.name} is static: its node's own files make it, not the API server.` }
    : undefined;

const jobPod: Rail = ({ finding: { pod }, snapshot }) =>
  pod?.controller?.kind === 'Job' || snapshot.workload.kind === 'Job'
    ? { skip: 'job-pod', message: 'The Job decides by its backoffLimit and podFailurePolicy.' }
    : undefined;

const terminating: Rail = ({ finding: { pod } }) =>
  pod?.terminating === true
    ? {
        skip: 'terminating',
        message: `Pod ${pod.name} is already being deleted; nothing is forced and no finalizer removed.`,
      }
    : undefined;

const staleEvidence: Rail = ({ finding, now }) => {
  if (now - finding.evidenceAt <= evidenceFreshMilliseconds) return undefined;
  const until = now + evidenceFreshMilliseconds;
  return { skip: 'stale-evidence', message: 'Nothing was heard for more than 60 s, so the fault may be over.', until };
};

/** The kubelet restarts a container at the same threshold; a second actor helps only where that did not. */
const kubeletFirst: Rail = ({ finding, incident }) => {
  if (finding.failureClass !== 'LivenessProbeFailed') return undefined;
  const before = incident?.status?.pod?.uid === finding.pod?.uid ? incident?.status?.evidence?.restartCount : undefined;
  if (before !== undefined && (finding.evidence?.restartCount ?? 0) > before) return undefined;
  return {
    skip: 'kubelet-restarts-first',
    message: 'The kubelet restarts the container first; it is replaced only if that does not help.',
  };
};

/** Someone's will, and what is never done to such a pod: asked before a person is called. */
export const rails: readonly Rail[] = [paused, mirrorPod, jobPod];

/** What may pass: asked once it is known that something is left to be done. */
export const passingRails: readonly Rail[] = [
  terminating,
  kubeletFirst,
  staleEvidence,
  recurrenceRail,
  scopeBreakersRail,
  windowRail,
  cooldownRail,
  budgetRail,
  jitterRail,
];
