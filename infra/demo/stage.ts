import type { Incident } from '#contract/incident.ts';
import { systemClock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { follow } from './follow.ts';
import type { Narrator } from './narrator.ts';
import type { Scenario } from './scenario.ts';
import { incidentStory, podStory, type DemoPod, type StoryLine } from './story.ts';

/** What goes on in the namespace of the demonstration, told as it happens. */
export interface Stage {
  /** The workload's pod when it has a ready one that stays. */
  readyPod(workload: string): DemoPod | undefined;
  /** From now on the workload's story is told, with times since its fault. */
  faulted(workload: string, faultAt: number): void;
  /** The workload's Incident once it reached an end, or as it is when the signal fires. */
  resolved(workload: string, signal: AbortSignal): Promise<Incident | undefined>;
  stop(): Promise<void>;
}

const lookMilliseconds = 100;

export function makeStage(
  kube: KubeTransport,
  namespace: string,
  scenarios: readonly Scenario[],
  narrator: Narrator,
): Stage {
  const faultAt = new Map<string, number>();
  /** Timeline entries that were told already, by Incident. */
  const told = new Map<string, number>();

  const tell = (workload: string, lines: readonly StoryLine[]): void => {
    const scenario = scenarios.find((candidate) => candidate.workload === workload);
    const since = faultAt.get(workload);
    if (scenario === undefined || since === undefined) return;
    for (const line of lines) narrator.tell(scenario.title, since, line);
  };

  const followed = follow(
    kube,
    namespace,
    ({ previous, current }) =>
      tell((current ?? previous)?.workload ?? '', podStory(previous, current, systemClock.now())),
    ({ key, current }) => {
      const timeline = current?.status?.timeline ?? [];
      tell(current?.spec.workload.name ?? '', incidentStory(timeline, told.get(key) ?? 0));
      told.set(key, timeline.length);
    },
  );

  const incidentOf = (workload: string): Incident | undefined =>
    [...followed.incidents.items.values()].find(({ spec }) => spec.workload.name === workload);

  return {
    readyPod: (workload) =>
      [...followed.pods.items.values()].find((pod) => pod.workload === workload && pod.ready && !pod.deleting),
    faulted: (workload, at) => void faultAt.set(workload, at),
    async resolved(workload, signal) {
      while (!signal.aborted && !isEnded(incidentOf(workload))) {
        await systemClock.sleep(lookMilliseconds, signal).catch(() => undefined);
      }
      return incidentOf(workload);
    },
    stop: () => followed.stop(),
  };
}

/** Resolved, or waiting for a person: nothing more will come of it by itself. */
function isEnded(incident: Incident | undefined): boolean {
  return incident?.status?.phase === 'Resolved' || incident?.status?.phase === 'Escalated';
}
