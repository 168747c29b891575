import { expect, test } from 'vitest';
import { actWorld } from '#test/support/acts.ts';
import { noon } from '#test/support/snapshots.ts';
import type { ClearCache, RestartContainer } from '../model/action.ts';
import type { AgentAnswer, AgentCommands } from '../model/agent-commands.ts';
import { execute, rehearse } from './execute.ts';

const pod = { namespace: 'shop', podName: 'web-1', podUid: 'pod-1' } as const;
const clear: ClearCache = { kind: 'clear-cache', ...pod };
const restart: RestartContainer = { kind: 'restart-container', ...pod, container: 'app', graceSeconds: 30 };
const done: AgentAnswer = { result: 'done', message: '' };

function agentsThatSay(answer: (kind: string) => Promise<AgentAnswer | undefined>): AgentCommands & {
  readonly sent: readonly unknown[];
} {
  const sent: unknown[] = [];
  return {
    sent,
    send: (podUid, id, command) => {
      sent.push({ podUid, id, ...command });
      return answer(command.kind);
    },
  };
}

test('sends a container’s restart to the agent of exactly that pod, with its grace', async () => {
  const agents = agentsThatSay(() => Promise.resolve(done));
  const world = actWorld({}, undefined, { agents });
  expect(await execute([restart], world.context)).toEqual({
    result: 'done',
    sentAt: noon,
    message: 'Container app of pod web-1 was restarted in place.',
  });
  expect([agents.sent, world.writes()]).toEqual([
    [
      {
        podUid: 'pod-1',
        id: 'incident-uid-1-restart-container',
        kind: 'restart-container',
        container: 'app',
        containerId: 'containerd://app-1',
        graceSeconds: 30,
      },
    ],
    [],
  ]);
});

test('tells an agent that can do no less to have all containers restarted, and what it would be told', async () => {
  const agents = agentsThatSay(() => Promise.resolve({ result: 'done', message: 'the agent ends with 88' }));
  const { context } = actWorld({}, undefined, { agents });
  const all: RestartContainer = { ...restart, all: true, graceSeconds: 0 };
  expect(await execute([all], context)).toMatchObject({
    result: 'done',
    message: 'All containers of pod web-1 are restarted in place. the agent ends with 88',
  });
  expect(agents.sent).toEqual([{ podUid: 'pod-1', id: 'incident-uid-1-restart-all', kind: 'restart-all' }]);
  expect(await rehearse([all], context)).toContain('to have all its containers restarted');
});

test('gives each command of one intent an id of its own, and the same one when it is repeated', async () => {
  const agents = agentsThatSay(() => Promise.resolve(done));
  const { context } = actWorld({}, undefined, { agents });
  await execute([clear, restart], context);
  await execute([clear, restart], context);
  const ids = agents.sent.map((sent) => (sent as { id: string }).id);
  expect(ids.slice(0, 2)).toEqual(ids.slice(2));
  expect(new Set(ids).size).toBe(2);
});

test('restarts nothing where the cache could not be cleared, and tells what was done', async () => {
  const agents = agentsThatSay(() => Promise.resolve({ result: 'failed', message: 'read-only file system' }));
  const outcome = await execute([clear, restart], actWorld({}, undefined, { agents }).context);
  expect(outcome).toEqual({ result: 'failed', message: 'The agent could not do it: read-only file system' });
  expect(agents.sent).toHaveLength(1);
});

test('tells of the first act when the second is refused', async () => {
  const agents = agentsThatSay((kind) =>
    Promise.resolve(kind === 'clear-cache' ? done : { result: 'refused', message: 'no such process' }),
  );
  expect(await execute([clear, restart], actWorld({}, undefined, { agents }).context)).toEqual({
    result: 'refused',
    reason: 'agent-unavailable',
    message: 'The cache of pod web-1 was cleared. The agent refused: no such process',
  });
});

test('refuses where no agent listens', async () => {
  expect(await execute([clear], actWorld().context)).toMatchObject({ result: 'refused', reason: 'agent-unavailable' });
});

test('leaves a command without answer to be repeated', async () => {
  const agents = agentsThatSay(() => Promise.reject(new Error('aborted')));
  const outcome = execute([restart], actWorld({}, undefined, { agents }).context);
  await expect(outcome).rejects.toMatchObject({ code: 'AP_AGENT_COMMAND' });
});

test('tells no agent anything once it leads no more', async () => {
  const agents = agentsThatSay(() => Promise.resolve(done));
  const outcome = await execute([restart], actWorld({}, undefined, { agents, leading: () => false }).context);
  expect([outcome, agents.sent]).toMatchObject([{ result: 'refused', reason: 'not-leading' }, []]);
});

test('rehearses by saying what an agent would be told, and tells it nothing', async () => {
  const agents = agentsThatSay(() => Promise.resolve(done));
  const world = actWorld({}, undefined, { agents });
  expect(await rehearse([clear, restart], world.context)).toBe(
    'The agent of pod web-1 would be told to clear its cache. ' +
      'The agent of pod web-1 would be told to restart container app with a grace of 30 s.',
  );
  expect([agents.sent, world.transport.requests]).toEqual([[], []]);
});
