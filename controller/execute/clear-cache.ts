import type { ClearCache } from '../model/action.ts';
import type { Outcome } from '../model/outcome.ts';
import { agentOutcome } from './agent-outcome.ts';
import type { Channel } from './channel.ts';

/**
 * Lets the pod's agent empty the cache that the pod names. Asking twice is harmless: the agent knows the command by its id.
 *
 * @throws AutopilotError AP_AGENT_COMMAND when the agent has not answered in time.
 */
export async function clearCache(action: ClearCache, channel: Channel): Promise<Outcome> {
  const sent = await channel.command(action, { kind: action.kind });
  return agentOutcome(sent, `The cache of pod ${action.podName} was cleared.`);
}
