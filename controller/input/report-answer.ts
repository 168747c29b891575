import type { ReportAnswer } from '#contract/report-answer.ts';
import { maximumContainers } from '#contract/report.ts';
import type { ContainerSnapshot, PodSnapshot } from '../model/snapshot.ts';

/** An exit this long ago is no longer asked about. Milliseconds. */
const recentExitMilliseconds = 60_000;

/**
 * What an agent is told about its pod. Its flight recorder is asked for once after each exit that the API server shows:
 * where the pod's processes are not shared, the agent can't see that there was one.
 */
export function reportAnswer(
  pod: PodSnapshot | undefined,
  { recordedAt, now }: { readonly recordedAt: number | undefined; readonly now: number },
): ReportAnswer {
  if (pod === undefined) return { containers: [] };
  const exitedAt = Math.max(0, ...pod.containers.map(({ exits }) => exits.at(-1)?.finishedAt ?? 0));
  const wantsRecorder = now - exitedAt <= recentExitMilliseconds && (recordedAt ?? 0) < exitedAt;
  return {
    containers: pod.containers
      .filter(({ init }) => init !== true)
      .slice(0, maximumContainers)
      .map(answered),
    ...(wantsRecorder ? { wantsRecorder } : {}),
  };
}

function answered({ name, containerId, memoryLimitBytes }: ContainerSnapshot): ReportAnswer['containers'][number] {
  return {
    name,
    ...(containerId === undefined ? {} : { id: containerId }),
    ...(memoryLimitBytes === undefined ? {} : { memoryLimitBytes }),
  };
}
