import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { RestartContainer } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import { agentOutcome } from './agent-outcome.ts';
import type { Channel } from './channel.ts';
import { refused } from './context.ts';

interface StatusedPod extends KubeObject {
  readonly status?: {
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: object };
}

/**
 * Lets the pod's agent end a container's main process. Asking twice is harmless: the agent knows the command by its id.
 *
 * @throws AutopilotError AP_AGENT_COMMAND when the agent has not answered in time.
 */
export async function restartContainer(
  action: RestartContainer,
  pod: KubeObject | undefined,
  channel: Channel,
): Promise<Outcome> {
  const { kind, container, graceSeconds, podName } = action;
  const containerId = runningId(pod, container);
  if (containerId === undefined) {
    return refused('pod-changed', `Container ${container} of pod ${podName} is not running.`);
  }
  if (action.all === true) {
    const sent = await channel.command(action, { kind: 'restart-all' });
    return agentOutcome(sent, `All containers of pod ${podName} are restarted in place.`);
  }
  const sent = await channel.command(action, { kind, container, containerId, graceSeconds });
  return agentOutcome(sent, `Container ${container} of pod ${podName} was restarted in place.`);
}

/** Id of the container's present run: the agent knows containers by nothing else, and leaves a later run alone. */
function runningId(pod: StatusedPod | undefined, container: string): string | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod?.status ?? {};
  const found = [...containerStatuses, ...initContainerStatuses].find(({ name }) => name === container);
  return found?.state?.running === undefined ? undefined : found.containerID;
}
