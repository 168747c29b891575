import { AutopilotError } from '#runtime/errors.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import type { AgentAnswer, AgentCommand } from '../model/agent-commands.ts';
import { refused, type ActContext, type Refused } from './context.ts';

/** What an agent needs beyond the grace that it gives the container, to hear of a command and to answer; emptying a large cache takes its time. */
const agentSlackMilliseconds = 25_000;

/** Whose agent is meant. */
export interface AgentPod {
  readonly podName: string;
  readonly podUid: string;
}

/** What was sent, when, and what the receiver said. `sentAt` is before the answer: a replacement may be made before it. */
export interface Sent<Answer> {
  readonly sentAt: number;
  readonly answer: Answer;
}

/** The only way by which an executor changes anything. */
export interface Channel {
  /** Throws as the transport does. */
  request(request: KubeRequest): Promise<Sent<KubeAnswer<unknown>> | Refused>;
  /** @throws AutopilotError AP_AGENT_COMMAND when the agent has not answered in time: it may or may not have done it. */
  command(pod: AgentPod, command: AgentCommand): Promise<Sent<AgentAnswer> | Refused>;
}

const notLeading = refused('not-leading', 'This controller has lost its leadership; the next leader decides anew.');

/** Sends, each time after asking whether this process still leads: the last thing that is done before. */
export function makeActChannel(context: ActContext): Channel {
  const { transport, agents, clock, signal, leading } = context;
  return {
    request: async (request) => {
      const sentAt = clock.now();
      if (!leading()) return notLeading;
      return { sentAt, answer: await transport.request({ ...request, signal }) };
    },
    command: async ({ podName, podUid }, command) => {
      const graceSeconds = command.kind === 'restart-container' ? command.graceSeconds : 0;
      const deadline = AbortSignal.timeout(graceSeconds * 1000 + agentSlackMilliseconds);
      // One intent may hold several commands, and each is to be carried out once.
      const id = `${context.intentId}-${command.kind}`;
      const sentAt = clock.now();
      if (!leading()) return notLeading;
      try {
        const answer = await agents.send(podUid, id, command, AbortSignal.any([signal, deadline]));
        return answer
          ? { sentAt, answer }
          : refused('agent-unavailable', `No agent of pod ${podName} is listening for commands.`);
      } catch (cause) {
        throw new AutopilotError('AP_AGENT_COMMAND', `${command.kind} in pod ${podName} was not acknowledged`, {
          cause,
        });
      }
    },
  };
}

/** Lets the API server try a request without effect; agents can't, so that nothing is sent to them. */
export function makeRehearsalChannel({ transport, clock, signal }: ActContext): Channel {
  return {
    request: async (request) => ({
      sentAt: clock.now(),
      answer: await transport.request({ ...request, query: { ...request.query, dryRun: 'All' }, signal }),
    }),
    command: () => Promise.resolve(refused('agent-unavailable', 'An agent can not try a command without effect.')),
  };
}
