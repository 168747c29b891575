import type { CauseName } from '#contract/vocabulary.ts';
import type { Cause } from '../../model/finding.ts';
import type { ContainerExit, ContainerSnapshot, PodSnapshot, WorkloadSnapshot } from '../../model/snapshot.ts';
import { reportExpiresAt } from '../evidence/fresh-report.ts';
import { warnings } from '../evidence/warnings.ts';

/** Conventions of shells and of the kernel: 126 and 127 are a shell's, 128 + n is the end by signal n. */
const codes: Readonly<Record<number, { readonly name: CauseName; readonly how: string }>> = {
  0: { name: 'completed', how: 'ended with exit code 0 although it should go on running' },
  126: { name: 'cannot-execute', how: 'could not execute its command (exit code 126)' },
  127: { name: 'command-not-found', how: 'did not find its command in the image (exit code 127)' },
  137: { name: 'killed', how: 'was ended by SIGKILL (exit code 137), neither for memory nor by a probe that was seen' },
  139: { name: 'segmentation-fault', how: 'touched memory that is not its own (SIGSEGV, exit code 139)' },
  143: { name: 'terminated', how: 'was asked to end by SIGTERM (exit code 143)' },
};

/** Exit codes of a container that the kubelet asked to end; 0 is that of an app that minds SIGTERM. */
const codesOfKilled = [0, 137, 143];

/** The kubelet writes an event a moment after it acted, and an exit's time is rounded down to a second. */
const slackMilliseconds = 2_000;

/** Why a container ended: by its exit code, and by what the kubelet and the pod's agent said just before. */
export function exitCause(
  snapshot: WorkloadSnapshot,
  pod: PodSnapshot,
  container: ContainerSnapshot,
  exit: ContainerExit,
): Cause {
  const { exitCode, reason } = exit;
  const says = (name: CauseName, how: string): Cause => ({ name, message: `Container ${container.name} ${how}.` });
  if (reason === 'OOMKilled') {
    return says('out-of-memory', `was ended by the kernel for its memory limit (exit code ${exitCode})`);
  }
  if (reason === 'ContainerStatusUnknown') return says('unknown', 'ended while its node could not see how');
  if (codesOfKilled.includes(exitCode) && livenessFailedBefore(snapshot, pod, container, exit)) {
    return says('liveness-kill', `was ended by the kubelet because its liveness probe failed (exit code ${exitCode})`);
  }
  const known = codes[exitCode];
  if (known) return says(known.name, known.how);
  if (reason === 'StartError' || reason === 'ContainerCannotRun') {
    return says('bad-config', `could not be started by the node (${reason}, exit code ${exitCode})`);
  }
  return says('application-error', `ended by itself with exit code ${exitCode}`);
}

function livenessFailedBefore(
  snapshot: WorkloadSnapshot,
  pod: PodSnapshot,
  container: ContainerSnapshot,
  { finishedAt }: ContainerExit,
): boolean {
  const { liveness } = container;
  if (liveness === undefined) return false;
  // The failure that decided was followed by up to the whole grace, and the kubelet acts on the last of several.
  const earliest = finishedAt - (pod.graceSeconds + liveness.periodSeconds) * 1000 - slackMilliseconds;
  const latest = finishedAt + slackMilliseconds;
  const told = warnings(snapshot, pod.uid, ['Unhealthy', 'Killing']).some(
    ({ message, firstAt, lastAt }) =>
      (message.startsWith('Liveness probe failed') ||
        message.startsWith(`Container ${container.name} failed liveness probe`)) &&
      firstAt <= latest &&
      lastAt >= earliest,
  );
  if (told) return true;
  const decidingMilliseconds = liveness.periodSeconds * (liveness.failureThreshold - 1) * 1000;
  return (snapshot.agents.get(pod.uid)?.probes ?? []).some(
    (probe) =>
      probe.container === container.name &&
      probe.probe === 'liveness' &&
      probe.state === 'failing' &&
      probe.failingSince !== undefined &&
      reportExpiresAt(probe) >= finishedAt &&
      finishedAt - probe.failingSince >= decidingMilliseconds - slackMilliseconds,
  );
}
