import { type IncidentEvidence, maximumMessageCharacters } from '#contract/incident.ts';
import type { Cause, Detector, Finding } from '../../model/finding.ts';
import type { ContainerSnapshot, PodSnapshot } from '../../model/snapshot.ts';

/** What one detector says about one pod. Times are in milliseconds since the epoch and mean what they mean in a finding. */
interface PodFault {
  readonly container?: ContainerSnapshot;
  readonly faultAt: number;
  readonly evidenceAt: number;
  readonly expiresAt?: number | undefined;
  readonly cause: Cause;
  readonly message: string;
  /** What was seen beyond what the pod and the container say of themselves. */
  readonly seen?: IncidentEvidence;
}

/** A finding about one pod, with the evidence that each of them carries. */
export function podFinding(
  { name, failureClass }: Pick<Detector, 'name' | 'failureClass'>,
  pod: PodSnapshot,
  { container, faultAt, evidenceAt, expiresAt, cause, message, seen }: PodFault,
): Finding {
  const evidence: IncidentEvidence = {
    cause: cause.name,
    ...(pod.node === undefined ? {} : { node: pod.node }),
    ...(container ? { container: container.name, image: container.image, restartCount: container.restartCount } : {}),
    ...seen,
    ...(seen?.message === undefined ? {} : { message: seen.message.slice(0, maximumMessageCharacters) }),
  };
  return {
    detector: name,
    failureClass,
    pod,
    templateHash: pod.templateHash,
    ...(container ? { container: container.name } : {}),
    faultAt,
    evidenceAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    cause,
    evidence,
    message,
  };
}
