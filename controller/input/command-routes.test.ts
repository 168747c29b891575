import { once } from 'node:events';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import type { ReportResult } from '#contract/vocabulary.ts';
import { systemClock } from '#runtime/clock.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeCommandHub, type CommandHub } from './command-hub.ts';
import { reportRoutes } from './report-server.ts';
import type { TokenVerdict } from './token-reviews.ts';

const body = { version: 1, pod: { namespace: 'shop', name: 'web-1', uid: 'pod-1' }, results: [] };
const known: TokenVerdict = {
  verdict: 'known',
  identity: { namespace: 'shop', podName: 'web-1', podUid: 'pod-1' },
};
const patient = (): AbortSignal => new AbortController().signal;

const apps: FastifyInstance[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

function server(verdict: TokenVerdict, commands: CommandHub | undefined = makeCommandHub({ clock: systemClock })) {
  const results: ReportResult[] = [];
  const app = fastify({ bodyLimit: 65_536, ajv: { customOptions: { removeAdditional: true, coerceTypes: false } } });
  apps.push(app);
  reportRoutes(app, {
    tokens: { remembered: () => undefined, review: () => Promise.resolve(verdict) },
    clock: { ...systemClock, now: () => 0 },
    log: makeLogger('test', 'silent'),
    onReport: () => 'accepted',
    answerTo: () => ({ containers: [] }),
    onResult: (result) => results.push(result),
    commands,
  });
  return { app, results };
}

const post = (app: FastifyInstance, payload: object, authorization = 'Bearer a.b.c') =>
  app.inject({ method: 'POST', url: '/v1/commands', headers: { authorization }, payload });

test('an agent gets what is to be done in its pod, and its result ends the sending', async () => {
  const hub = makeCommandHub({ clock: systemClock });
  let polls = 0;
  const { app, results } = server(known, {
    ...hub,
    poll: (...asked) => {
      polls += 1;
      return hub.poll(...asked);
    },
  });
  const polled = post(app, body);
  // An injected request begins when somebody waits for it.
  polled.catch(() => undefined);
  await expect.poll(() => polls).toBe(1);
  const acknowledged = hub.send('pod-1', 'a', { kind: 'clear-cache' }, patient());
  const answer = await polled;
  expect([answer.statusCode, answer.json()]).toEqual([200, { commands: [{ id: 'a', kind: 'clear-cache' }] }]);
  const next = post(app, { ...body, results: [{ id: 'a', result: 'refused', message: 'no cache' }] });
  next.catch(() => undefined);
  expect(await acknowledged).toEqual({ result: 'refused', message: 'no cache' });
  expect(results).toEqual([]);
});

const refused: readonly [string, object, TokenVerdict, string, number, ReportResult][] = [
  ['no token', body, known, '', 401, 'unauthenticated'],
  ['a token that proves nothing', body, { verdict: 'unproven', why: '' }, 'Bearer x', 401, 'unauthenticated'],
  ['another pod', { ...body, pod: { ...body.pod, uid: 'pod-2' } }, known, 'Bearer x', 403, 'forbidden'],
  ['more than can be reviewed', body, { verdict: 'busy', why: '' }, 'Bearer x', 429, 'throttled'],
  ['another version', { ...body, version: 2 }, known, 'Bearer x', 400, 'malformed'],
  ['a body over the limit', { ...body, filler: 'x'.repeat(20_000) }, known, 'Bearer x', 413, 'too-large'],
];

test.each(refused)('a poll is refused for %s', async (_why, payload, verdict, authorization, status, result) => {
  const { app, results } = server(verdict);
  const answer = await post(app, payload, authorization);
  expect([answer.statusCode, results]).toEqual([status, [result]]);
});

test('an agent that polls without end is slowed down', async () => {
  const hub: CommandHub = { ...makeCommandHub({ clock: systemClock }), poll: () => Promise.resolve([]) };
  const { app, results } = server(known, hub);
  for (let call = 0; call < 12; call += 1) await post(app, body);
  expect(results).toEqual(['throttled', 'throttled']);
});

test('a poll is turned away while too many agents listen', async () => {
  const hub: CommandHub = { ...makeCommandHub({ clock: systemClock }), poll: () => Promise.resolve('busy') };
  const { app, results } = server(known, hub);
  expect((await post(app, body)).statusCode).toBe(503);
  expect(results).toEqual(['unavailable']);
});

test('an agent whose connection ends listens no more, and a server that ends keeps nobody waiting', async () => {
  const signals: AbortSignal[] = [];
  const hub = makeCommandHub({ clock: systemClock });
  const { app } = server(known, {
    ...hub,
    poll: (podUid, results, gone) => {
      signals.push(gone);
      return hub.poll(podUid, results, gone);
    },
  });
  const address = await app.listen({ host: '127.0.0.1', port: 0 });
  const ask = (signal: AbortSignal): Promise<Response> =>
    fetch(`${address}/v1/commands`, {
      method: 'POST',
      headers: { authorization: 'Bearer a.b.c', 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  const leaving = new AbortController();
  const left = ask(leaving.signal).catch(() => 'left');
  await expect.poll(() => signals.length).toBe(1);
  leaving.abort();
  expect(await left).toBe('left');
  if (signals[0]?.aborted === false) await once(signals[0], 'abort');
  const held = ask(patient());
  await expect.poll(() => signals.length).toBe(2);
  const closed = app.close();
  expect(await (await held).json()).toEqual({ commands: [] });
  await closed;
});
