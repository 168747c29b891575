import { readFileSync } from 'node:fs';
import { fastify, type FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import type { Report } from '#contract/report.ts';
import type { ReportResult } from '#contract/vocabulary.ts';
import { makeLogger } from '#runtime/logger.ts';
import { systemClock } from '#runtime/clock.ts';
import { reportRoutes } from './report-server.ts';
import type { TokenVerdict } from './token-reviews.ts';

const identity = { namespace: 'shop', podName: 'web-1', podUid: 'pod-1' };
const body = {
  version: 1,
  pod: { namespace: 'shop', name: 'web-1', uid: 'pod-1' },
  agent: { version: '1', startedAt: '2026-01-01T12:00:00.000Z', sequence: 1 },
  sentAt: '2026-01-01T12:00:00.000Z',
  probes: [],
};

function server(
  verdict: TokenVerdict,
  remembered?: TokenVerdict,
): { app: FastifyInstance; results: ReportResult[]; reports: Report[] } {
  const results: ReportResult[] = [];
  const reports: Report[] = [];
  const app = fastify({ bodyLimit: 65_536, ajv: { customOptions: { removeAdditional: true, coerceTypes: false } } });
  reportRoutes(app, {
    tokens: { remembered: () => remembered, review: () => Promise.resolve(verdict) },
    clock: { ...systemClock, now: () => 0 },
    log: makeLogger('test', 'silent'),
    onReport: (report) => {
      reports.push(report);
      return 'accepted';
    },
    onResult: (result) => results.push(result),
    answerTo: (podUid) => ({ containers: podUid === 'pod-1' ? [{ name: 'web' }] : [] }),
  });
  return { app, results, reports };
}

const ofPod = ({ pod }: Report) => ({ namespace: pod.namespace, podName: pod.name, podUid: pod.uid });
const known: TokenVerdict = { verdict: 'known', identity };
const post = (app: FastifyInstance, payload: string | object, authorization = 'Bearer a.b.c') =>
  app.inject({
    method: 'POST',
    url: '/v1/reports',
    headers: { authorization, 'content-type': 'application/json' },
    payload,
  });

test('takes a report of a pod about itself and leaves out what it does not know', async () => {
  const { app, results, reports } = server(known);
  const answer = await post(app, { ...body, fromTheFuture: { __proto__: {} } });
  expect([answer.statusCode, results]).toEqual([200, ['accepted']]);
  expect(answer.json()).toEqual({ containers: [{ name: 'web' }] });
  expect(reports[0]).toEqual(body);
});

test('takes a flight recorder as it came, with what is not known in it', async () => {
  const example = new URL('../../contract/examples/report-leaking.json', import.meta.url);
  const report = JSON.parse(readFileSync(example, 'utf8')) as Report;
  const { app, reports } = server({ verdict: 'known', identity: ofPod(report) });
  expect((await post(app, report)).statusCode).toBe(200);
  expect(reports).toEqual([report]);
});

const refused: readonly [
  name: string,
  payload: string | object,
  verdict: TokenVerdict,
  authorization: string,
  status: number,
  result: ReportResult,
][] = [
  ['a token that proves nothing', body, { verdict: 'unproven', why: '' }, 'Bearer x', 401, 'unauthenticated'],
  ['no token', body, known, '', 401, 'unauthenticated'],
  ['another scheme', body, known, 'Basic eDp5', 401, 'unauthenticated'],
  ['a report about another pod', { ...body, pod: { ...body.pod, name: 'web-2' } }, known, 'Bearer x', 403, 'forbidden'],
  [
    'a report about another pod of the same name',
    { ...body, pod: { ...body.pod, uid: 'pod-0' } },
    known,
    'Bearer x',
    403,
    'forbidden',
  ],
  [
    'a report about another namespace',
    { ...body, pod: { ...body.pod, namespace: 'bank' } },
    known,
    'Bearer x',
    403,
    'forbidden',
  ],
  ['more than can be reviewed', body, { verdict: 'busy', why: '' }, 'Bearer x', 429, 'throttled'],
  ['another version', { ...body, version: 2 }, known, 'Bearer x', 400, 'malformed'],
  ['text for a number', { ...body, agent: { ...body.agent, sequence: '1' } }, known, 'Bearer x', 400, 'malformed'],
  ['what is not JSON', '{', known, 'Bearer x', 400, 'malformed'],
  ['a body over the limit', { ...body, filler: 'x'.repeat(70_000) }, known, 'Bearer x', 413, 'too-large'],
];

test.each(refused)('refuses %s', async (_name, payload, verdict, authorization, status, result) => {
  const { app, results, reports } = server(verdict);
  const answer = await post(app, payload, authorization);
  expect([answer.statusCode, results, reports]).toEqual([status, [result], []]);
});

test('takes what an agent kept through an outage, and slows down one that reports without end', async () => {
  const { app, results } = server(known, known);
  for (let call = 0; call < 100; call += 1) await post(app, body);
  expect(results.filter((result) => result === 'throttled').length).toBeGreaterThan(0);
  expect(results.slice(0, 64)).toEqual(Array<ReportResult>(64).fill('accepted'));
});
