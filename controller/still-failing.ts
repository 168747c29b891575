import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { projectPod } from './input/projections/pod.ts';
import type { Detector, Finding } from './model/finding.ts';
import type { WorkloadSnapshot } from './model/snapshot.ts';

/** Whether the pod as just read still shows the fault: the cache may be a moment behind. */
export function stillFailing(
  detectors: readonly Detector[],
  snapshot: WorkloadSnapshot,
  finding: Finding,
  live: KubeObject,
  now: number,
): boolean {
  const known = snapshot.pods.find(({ uid }) => uid === finding.pod?.uid);
  const pod = projectPod(live, known, now);
  // It was judged as a pod that serves nothing; now that it serves, it may be the last one that does.
  if (pod.ready && finding.pod?.ready === false) return false;
  const pods = snapshot.pods.map((one) => (one.uid === pod.uid ? pod : one));
  return detectors
    .filter(({ name }) => name === finding.detector)
    .some((detector) => detector.detect({ ...snapshot, pods }, now).some((found) => found.pod?.uid === pod.uid));
}
