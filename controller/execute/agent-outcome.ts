import type { AgentAnswer } from '../model/agent-commands.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Sent } from './channel.ts';
import { refused, type Refused } from './context.ts';

/** Reads an agent's answer. An agent refuses what it has not the power for; that another remedy can take its place. */
export function agentOutcome(sent: Sent<AgentAnswer> | Refused, done: string): Outcome {
  if ('result' in sent) return sent;
  const { result, message } = sent.answer;
  switch (result) {
    case 'done':
      return { result, sentAt: sent.sentAt, message: [done, message].filter((part) => part !== '').join(' ') };
    case 'refused':
      return refused('agent-unavailable', `The agent refused: ${message}`);
    case 'failed':
      return { result, message: `The agent could not do it: ${message}` };
  }
}
