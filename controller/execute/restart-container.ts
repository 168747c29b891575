import type { RestartContainer } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import { agentOutcome } from './agent-outcome.ts';
import type { Channel } from './channel.ts';

/**
 * Lets the pod's agent end a container's main process. Asking twice is harmless: the agent knows the command by its id.
 *
 * @throws AutopilotError AP_AGENT_COMMAND when the agent has not answered in time.
 */
export async function restartContainer(action: RestartContainer, channel: Channel): Promise<Outcome> {
  const { kind, container, graceSeconds, podName } = action;
  const sent = await channel.command(action, { kind, container, graceSeconds });
  return agentOutcome(sent, `Container ${container} of pod ${podName} was restarted in place.`);
}
