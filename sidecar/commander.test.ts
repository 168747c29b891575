import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { commandPollSchema, type CommandPoll } from '#contract/command.ts';
import { makeFakeHost } from '#test/support/fake-host.ts';
import { appContainer, showProcesses } from '#test/support/fake-processes.ts';
import { runAgent } from './agent.ts';

const variables = {
  AUTOPILOT_REPORT_URL: 'https://controller.autopilot.svc:8444/v1/reports',
  AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
  AUTOPILOT_TOKEN_FILE: '/token',
  AUTOPILOT_NAMESPACE: 'shop',
  AUTOPILOT_POD_NAME: 'cart-1',
  AUTOPILOT_POD_UID: 'uid-1',
  AUTOPILOT_POD_IP: '10.0.0.7',
  AUTOPILOT_PROBES: '[]',
  AUTOPILOT_POWERS: '{"clear-cache":"given"}',
  AUTOPILOT_CACHE_FOLDERS: '["data/tmp","scratch"]',
};

const mounts = [
  'overlay / overlay ro,relatime 0 0',
  '/dev/sda /infra-autopilot/cache/data ext4 rw,relatime 0 0',
  'tmpfs /infra-autopilot/cache/scratch tmpfs rw 0 0',
].join('\n');

/** Runs an agent against a controller that gives each of these answers once and then is silent. */
async function start(
  answers: readonly (string | object)[],
  changes: Readonly<Record<string, string | undefined>> = {},
) {
  const host = makeFakeHost({ ...variables, ...changes });
  const polls: { readonly url: string; readonly body: CommandPoll; readonly at: number }[] = [];
  const emptied: string[] = [];
  host.answers.files['/proc/self/mounts'] = mounts;
  host.answers.files['/proc/self/stat'] = `7 (node) S 0 ${'0 '.repeat(17)}110 0`;
  host.answers.emptyFolder = ({ root, folders }) => {
    emptied.push([root, ...folders].join('/'));
    return { removedEntries: 2, freedBytes: 4_096, problem: undefined };
  };
  host.answers.poll = ({ url, body }) => {
    const answer = answers[polls.length] ?? new Promise<never>(() => undefined);
    polls.push({ url, body: JSON.parse(body) as CommandPoll, at: host.monotonic() });
    return typeof answer === 'string' ? good(answer) : answer;
  };
  await runAgent(host);
  return {
    host,
    polls,
    emptied,
    powers: () => (JSON.parse(host.posts.at(-1) ?? '{}') as { powers?: string[] }).powers,
  };
}

const good = (body: string) => ({ outcome: 'answer', status: 200, retryAfterSeconds: undefined, body });
const status = (code: number) => ({ outcome: 'answer', status: code, retryAfterSeconds: undefined, body: '' });
const clear = (id: string): string => JSON.stringify({ commands: [{ id, kind: 'clear-cache' }] });

describe('the agent’s commands', () => {
  test('are asked for beside the reports, by the contract, and answered at once', async () => {
    const { host, polls, emptied } = await start([clear('a')]);
    await host.advance(1);
    const isPoll = new Ajv().compile(commandPollSchema);
    for (const { body } of polls) expect(isPoll(body), JSON.stringify(isPoll.errors)).toBe(true);
    expect(polls.map(({ url, body }) => [url, body.results])).toEqual([
      ['https://controller.autopilot.svc:8444/v1/commands', []],
      [
        'https://controller.autopilot.svc:8444/v1/commands',
        [{ id: 'a', result: 'done', message: 'removed 4 entries, freed 8192 bytes' }],
      ],
    ]);
    expect(emptied).toEqual(['/infra-autopilot/cache/data/tmp', '/infra-autopilot/cache/scratch']);
    expect(host.posts.length).toBeGreaterThan(0);
  });

  test('are each done once, and a repeated one is answered with what became of it', async () => {
    const { host, polls, emptied } = await start([clear('a'), clear('a'), clear('a')]);
    await host.advance(10_000);
    expect(emptied).toHaveLength(2);
    expect(polls.slice(1).map(({ body }) => body.results[0]?.result)).toEqual(['done', 'done', 'done']);
    expect((polls[3]?.at ?? 0) - (polls[1]?.at ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  test('are answered again until the controller has heard', async () => {
    const { host, polls } = await start([clear('a'), status(503), { outcome: 'failed', message: 'reset' }]);
    await host.advance(10_000);
    expect(polls.slice(1).map(({ body }) => body.results.map(({ id }) => id))).toEqual([['a'], ['a'], ['a']]);
  });

  test('are asked for at a walk when the controller has nothing and does not wait', async () => {
    const { host, polls } = await start(Array.from({ length: 100 }, () => '{"commands":[]}'));
    await host.advance(10_000);
    expect(polls.length).toBeLessThanOrEqual(11);
  });

  test('are asked for ever more seldom while the controller is away, and once a minute where it has no such path', async () => {
    const away = await start(Array.from({ length: 100 }, () => status(503)));
    await away.host.advance(60_000);
    expect(away.polls.length).toBeLessThan(15);
    const older = await start(Array.from({ length: 100 }, () => status(404)));
    await older.host.advance(59_000);
    expect(older.polls).toHaveLength(1);
  });

  test('that are not understood, or need a power that is not given, are refused', async () => {
    const unknown = { id: 'u', kind: 'delete-volume' };
    const restart = { id: 'r', kind: 'restart-container', container: 'cart', graceSeconds: 1 };
    const { host, polls } = await start([JSON.stringify({ commands: [unknown, restart, { kind: 'clear-cache' }] })]);
    await host.advance(1);
    expect(polls[1]?.body.results).toEqual([
      { id: 'u', result: 'refused', message: 'the agent does not know this command' },
      { id: 'r', result: 'refused', message: 'the agent has not the power' },
    ]);
  });

  test('that name a container of another pod, or one that began anew since, end nobody; a replayed one ends nobody twice', async () => {
    const host = makeFakeHost({ ...variables, AUTOPILOT_POWERS: '{"restart-container":"given"}' });
    const command = { kind: 'restart-container', container: 'cart', graceSeconds: 1 };
    const answers = [
      { ...command, id: 'foreign', containerId: 'd'.repeat(64) },
      { ...command, id: 'own', containerId: appContainer },
      { ...command, id: 'own', containerId: appContainer },
      { ...command, id: 'late', containerId: appContainer },
    ].map((each) => good(JSON.stringify({ commands: [each] })));
    const results: string[] = [];
    const signals: string[] = [];
    showProcesses(host, [{ processId: 20, container: appContainer }]);
    host.answers.poll = ({ body }) => {
      for (const { id, result } of (JSON.parse(body) as CommandPoll).results) results.push(`${id} ${result}`);
      return answers.shift() ?? new Promise<never>(() => undefined);
    };
    host.answers.signal = (processId, signal) => {
      signals.push(`${signal} ${processId}`);
      showProcesses(host, [{ processId: 90, container: 'e'.repeat(64) }]);
      return 'sent';
    };
    await runAgent(host);
    await host.advance(20_000);
    expect(results).toEqual(['foreign refused', 'own done', 'own done', 'late refused']);
    expect(signals).toEqual(['SIGTERM 20']);
  });

  test.each(['', '[]', '{"commands":{}}', `{"commands":[${Array(5).fill('{}').join()}]}`])(
    'are none in the answer %j, which is asked for again later',
    async (answer) => {
      const { host, polls } = await start([answer]);
      await host.advance(400);
      expect(polls).toHaveLength(2);
    },
  );

  test('that leave something over have failed, and say what', async () => {
    const { host, polls } = await start([clear('a')]);
    host.answers.emptyFolder = ({ root }) => ({
      removedEntries: 1,
      freedBytes: 0,
      problem: root.endsWith('data') ? 'EACCES' : 'ENOENT',
    });
    await host.advance(1);
    expect(polls[1]?.body.results[0]).toMatchObject({
      result: 'failed',
      message: 'removed 2 entries, freed 0 bytes; left over: data: EACCES',
    });
  });
});

describe('the agent’s powers', () => {
  test('are in each report, and without any nothing is asked for', async () => {
    const some = await start([], { AUTOPILOT_POWERS: '{"clear-cache":"given","restart-container":"given"}' });
    await some.host.advance(1);
    expect(some.powers()).toEqual(['restart-container', 'clear-cache']);
    const none = await start([], { AUTOPILOT_POWERS: '{"clear-cache":"uid-unknown"}' });
    await none.host.advance(60_000);
    expect([none.powers(), none.polls]).toEqual([undefined, []]);
    expect(none.host.lines.join('\n')).toContain('runAsUser');
  });

  test('end where the pod turned out otherwise: its processes apart, its volumes not writable', async () => {
    const host = makeFakeHost({
      ...variables,
      AUTOPILOT_POWERS: '{"clear-cache":"given","restart-container":"given"}',
    });
    host.answers.files['/proc/self/mounts'] = mounts.replaceAll(' rw', ' ro');
    host.answers.files['/proc/self/stat'] = `1 (node) S 0 ${'0 '.repeat(17)}110 0`;
    await runAgent(host);
    expect(JSON.parse(host.posts[0] ?? '')).not.toHaveProperty('powers');
  });

  const all = JSON.stringify({ commands: [{ id: 'r', kind: 'restart-all' }] });

  test('end the agent with the agreed code, after it has said so', async () => {
    const { host, polls } = await start([all], { AUTOPILOT_POWERS: '{"restart-all":"given"}' });
    await host.advance(400);
    expect(polls.at(-1)?.body.results).toEqual([{ id: 'r', result: 'done', message: 'the agent ends with 88' }]);
    expect(host.exits).toEqual([]);
    await host.advance(200);
    expect(host.exits).toEqual([88]);
  });

  test.each(['{"clear-cache":"given"}', '{"restart-all":"restart-all-off","clear-cache":"given"}'])(
    'never end the agent of a pod whose powers are %s',
    async (powers) => {
      const { host, polls } = await start([all], { AUTOPILOT_POWERS: powers });
      await host.advance(5_000);
      expect(polls.at(-1)?.body.results).toMatchObject([{ id: 'r', result: 'refused' }]);
      expect(host.exits).toEqual([]);
    },
  );
});
