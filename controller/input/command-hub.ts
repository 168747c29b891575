import type { Command, CommandResult } from '#contract/command.ts';
import { commandHoldSeconds, maximumGraceSeconds } from '#contract/command.ts';
import type { Clock } from '#runtime/clock.ts';
import type { AgentCommand, AgentCommands } from '../model/agent-commands.ts';

/** Agents that listen at one time: each holds a connection, so this is also a bound of open files. */
const maximumListeners = 20_000;

/** An agent that polled this recently is between two polls, not away. Milliseconds. */
const recentMilliseconds = 5_000;

/** How long a command waits for an agent that is between two polls. Milliseconds. */
const patienceMilliseconds = 2_000;

/** Least time between two searches for agents that are away. Milliseconds. */
const sweepMilliseconds = 1_000;

type Acknowledgement = Awaited<ReturnType<AgentCommands['send']>>;

interface Pending {
  readonly command: Command;
  /** Whether a poll was answered with it; only then may something have happened. */
  taken: boolean;
  readonly settle: (acknowledgement: Acknowledgement) => void;
}

interface Listener {
  /** Ends the poll that is held open. */
  answer: ((commands: readonly Command[]) => void) | undefined;
  polledAt: number;
  pending: Pending | undefined;
}

/** Brings commands to agents that ask for them: the agents' polls on one side, the executor on the other. */
export interface CommandHub extends AgentCommands {
  /** Resolves with what the pod's agent is to do: at once, when something comes up, or with nothing after the hold. */
  poll(podUid: string, results: readonly CommandResult[], gone: AbortSignal): Promise<readonly Command[] | 'busy'>;
  /** Answers every poll that is held open, so that a server can end. */
  release(): void;
}

export interface CommandHubParts {
  readonly clock: Clock;
  readonly maximum?: number;
}

/** In memory only: after a restart the agents' next polls bring the listeners back, and the executor decides anew. */
export function makeCommandHub({ clock, maximum = maximumListeners }: CommandHubParts): CommandHub {
  const listeners = new Map<string, Listener>();
  let sweptAt = 0;

  const isRecent = (listener: Listener): boolean => clock.now() - listener.polledAt <= recentMilliseconds;

  const listenerOf = (podUid: string): Listener | undefined => {
    const known = listeners.get(podUid);
    if (known) return known;
    if (listeners.size >= maximum && clock.now() - sweptAt >= sweepMilliseconds) {
      sweptAt = clock.now();
      for (const [uid, { answer, pending, polledAt }] of listeners) {
        if (!answer && !pending && sweptAt - polledAt > recentMilliseconds) listeners.delete(uid);
      }
    }
    if (listeners.size >= maximum) return undefined;
    const listener: Listener = { answer: undefined, polledAt: clock.now(), pending: undefined };
    listeners.set(podUid, listener);
    return listener;
  };

  const hold = (listener: Listener, gone: AbortSignal): Promise<readonly Command[]> =>
    new Promise((resolve) => {
      const over = new AbortController();
      const answer = (commands: readonly Command[]): void => {
        if (listener.answer === answer) listener.answer = undefined;
        listener.polledAt = clock.now();
        gone.removeEventListener('abort', leave);
        over.abort();
        resolve(commands);
      };
      const leave = (): void => answer([]);
      listener.answer = answer;
      gone.addEventListener('abort', leave);
      void clock.sleep(commandHoldSeconds * 1000, over.signal).then(leave, () => undefined);
    });

  return {
    poll: async (podUid, results, gone) => {
      const listener = listenerOf(podUid);
      if (listener === undefined) return 'busy';
      listener.polledAt = clock.now();
      // The agent has one poll at a time, so an older one is on a connection that it has given up.
      listener.answer?.([]);
      const { pending } = listener;
      const result = results.find(({ id }) => id === pending?.command.id);
      if (pending && result) {
        listener.pending = undefined;
        pending.settle({ result: result.result, message: result.message });
      } else if (pending && !(pending.taken && pending.command.kind === 'restart-all')) {
        // Also when it was answered with before: that answer may be lost, and the agent knows an id that it has done.
        pending.taken = true;
        return [pending.command];
      }
      return gone.aborted ? [] : await hold(listener, gone);
    },

    send: async (podUid, id, command, signal) => {
      const listener = listeners.get(podUid);
      if (signal.aborted || !listener || !(listener.answer || isRecent(listener))) return undefined;
      if (listener.pending) return { result: 'refused', message: 'another command for this pod is under way' };
      const { promise, resolve } = Promise.withResolvers<Acknowledgement>();
      const pending: Pending = { command: wireOf(id, command), taken: false, settle: resolve };
      listener.pending = pending;
      if (listener.answer) {
        pending.taken = true;
        listener.answer([pending.command]);
      }
      const ended = new AbortController();
      const giveUp = (): void =>
        resolve(pending.taken ? { result: 'failed', message: 'the agent did not acknowledge it in time' } : undefined);
      signal.addEventListener('abort', giveUp);
      const lookAgain = (): void => {
        if (!pending.taken) resolve(undefined);
      };
      void clock.sleep(patienceMilliseconds, ended.signal).then(lookAgain, () => undefined);
      try {
        return await promise;
      } finally {
        signal.removeEventListener('abort', giveUp);
        ended.abort();
        if (listener.pending === pending) listener.pending = undefined;
      }
    },

    release: () => {
      for (const { answer } of listeners.values()) answer?.([]);
    },
  };
}

/** As the agents read it. An id that is none of a runtime's is left out, which the agent answers for. */
function wireOf(id: string, command: AgentCommand): Command {
  switch (command.kind) {
    case 'clear-cache':
    case 'restart-all':
      return { id, kind: command.kind };
    case 'restart-container': {
      const { kind, container } = command;
      const containerId = /^(?:[\w.+-]+:\/\/)?([0-9a-f]{32,64})$/.exec(command.containerId ?? '')?.[1];
      const graceSeconds = Math.min(Math.max(0, Math.ceil(command.graceSeconds)), maximumGraceSeconds);
      return { id, kind, container, graceSeconds, ...(containerId === undefined ? {} : { containerId }) };
    }
  }
}
