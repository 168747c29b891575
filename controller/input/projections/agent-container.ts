import { agentContainerName, restartAllExitCode } from '#contract/annotations.ts';
import { millisecondsOf } from '#contract/micro-time.ts';
import type { AgentContainer } from '../../model/agent-container.ts';
import { nothingShared, type Interner } from './intern.ts';
import type { RawContainerStatus, RawPod } from './raw-pod.ts';

/** As many ends as it takes to call an agent crash-looping. */
const keptExits = 3;

const keptMessageCharacters = 300;

const noExits: readonly number[] = [];

/**
 * The injected agent as the kubelet tells of it; undefined in a pod without one. `previous` carries on since when it
 * does not run and when it ended, which the API forgets.
 */
export function projectAgentContainer(
  pod: RawPod,
  previous: AgentContainer | undefined,
  observedAt: number,
  interner: Interner = nothingShared,
): AgentContainer | undefined {
  const containers = pod.spec?.initContainers ?? [];
  const index = containers.findIndex(({ name }) => name === agentContainerName);
  const container = containers[index];
  if (container === undefined) return undefined;
  const status = statusOf(pod, agentContainerName);
  const { waiting, running, terminated } = status?.state ?? {};
  const runningSince = millisecondsOf(running?.startedAt);
  const isFailing = terminated !== undefined || (waiting?.reason !== undefined && !ordinaryWaits.has(waiting.reason));
  const dueSince = running === undefined && !isFailing ? dueSinceOf(pod, index) : undefined;
  const message = waiting?.message ?? status?.lastState?.terminated?.reason;
  return {
    image: interner.text(container.image ?? ''),
    restartCount: status?.restartCount ?? 0,
    ...(runningSince === undefined ? {} : { runningSince }),
    ...(isFailing ? { failingSince: previous?.failingSince ?? observedAt } : {}),
    ...(isFailing ? { waitingReason: interner.text(waiting?.reason ?? terminated?.reason ?? '') } : {}),
    ...(isFailing && message !== undefined ? { message: message.slice(0, keptMessageCharacters) } : {}),
    ...(dueSince === undefined ? {} : { dueSince }),
    exits: exitsOf(status, previous?.exits ?? noExits),
    appStarted: hasAppStarted(pod),
  };
}

/** What a container waits for in the course of a good start. */
const ordinaryWaits = new Set(['PodInitializing', 'ContainerCreating']);

function statusOf({ status }: RawPod, container: string): RawContainerStatus | undefined {
  return status?.initContainerStatuses?.find(({ name }) => name === container);
}

/**
 * Since when nothing but the agent itself keeps it from running: the sandbox, network and volumes are there, and the init
 * containers before it are through. Undefined while something else is due, or where the kubelet does not say.
 */
function dueSinceOf(pod: RawPod, index: number): number | undefined {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'PodReadyToStartContainers');
  if (ready?.status !== 'True') return undefined;
  let dueSince = millisecondsOf(ready.lastTransitionTime);
  for (const { name, restartPolicy } of pod.spec?.initContainers?.slice(0, index) ?? []) {
    const { state, started } = statusOf(pod, name) ?? {};
    const sidecarAt = started === true ? millisecondsOf(state?.running?.startedAt) : undefined;
    const endedAt = state?.terminated?.exitCode === 0 ? millisecondsOf(state.terminated.finishedAt) : undefined;
    const doneAt = restartPolicy === 'Always' ? sidecarAt : endedAt;
    if (doneAt === undefined || dueSince === undefined) return undefined;
    dueSince = Math.max(dueSince, doneAt);
  }
  return dueSince;
}

function exitsOf(status: RawContainerStatus | undefined, known: readonly number[]): readonly number[] {
  // An end that we asked for, so that all containers of the pod are restarted, is no failure of the agent's.
  const ends = [status?.lastState?.terminated, status?.state?.terminated].filter(
    (one) => one?.exitCode !== restartAllExitCode,
  );
  const seen = ends.flatMap((one) => millisecondsOf(one?.finishedAt) ?? []);
  const fresh = seen.filter((at) => !known.includes(at));
  if (fresh.length === 0) return known;
  return [...known, ...new Set(fresh)].toSorted((one, other) => one - other).slice(-keptExits);
}

function hasAppStarted({ spec, status }: RawPod): boolean {
  const names = new Set(spec?.containers?.map(({ name }) => name));
  return (status?.containerStatuses ?? []).some(
    ({ name, state, lastState, restartCount = 0 }) =>
      names.has(name) &&
      (restartCount > 0 ||
        state?.running !== undefined ||
        state?.terminated !== undefined ||
        lastState?.terminated !== undefined),
  );
}
