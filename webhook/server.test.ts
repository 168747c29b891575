import https from 'node:https';
import { afterEach, describe, expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { exampleAgent, exampleContext, makePod, makeReview } from '#test/support/admission.ts';
import { call, makeTestServer, post, sample, startTestServer } from '#test/support/webhook-server.ts';
import type { ServerParts } from './server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function makeServer(parts: Partial<ServerParts> = {}): ReturnType<typeof makeTestServer> {
  const made = makeTestServer(parts);
  stops.push(() => made.server.close());
  return made;
}

describe('the webhook’s server', () => {
  test('injects, and counts the reason and the latency', async () => {
    const { server, metrics } = makeServer();
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ response: { allowed: true, patchType: 'JSONPatch' } });
    expect(await sample(metrics, 'autopilot_admission_reviews_total{reason="injected"}')).toBe(1);
    expect(await sample(metrics, 'autopilot_admission_seconds_count')).toBe(1);
    expect(await sample(metrics, 'autopilot_admission_seconds_bucket{le="0.001"}')).toBeLessThanOrEqual(1);
    expect(await sample(metrics, 'autopilot_admission_seconds_bucket{le="5"}')).toBe(1);
  });

  test('takes a body of 7 MiB', async () => {
    const { server } = makeServer();
    const pod = makePod({}, { labels: { big: 'x'.repeat(7 * 1_048_576) } });
    expect((await post(server, JSON.stringify(makeReview(pod)))).json()).toHaveProperty('response.patch');
  });

  test('admits a pod unchanged when deciding fails, and counts it', async () => {
    const agent = {
      ...exampleAgent,
      get image(): string {
        throw new TypeError('broken');
      },
    };
    const { server, metrics } = makeServer({ context: () => ({ ...exampleContext(), agent }) });
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect(response.json()).toMatchObject({
      response: { allowed: true, auditAnnotations: { reason: 'internal-error' } },
    });
    expect(response.json()).not.toHaveProperty('response.patch');
    expect(await sample(metrics, 'autopilot_admission_reviews_total{reason="internal-error"}')).toBe(1);
  });

  test('admits a pod unchanged as well when what it is decided by can’t be had', async () => {
    const context = (): never => {
      throw new TypeError('broken');
    };
    const { server, metrics } = makeServer({ context });
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect([response.statusCode, response.json()]).toMatchObject([
      200,
      { response: { allowed: true, auditAnnotations: { reason: 'internal-error' } } },
    ]);
    expect(await sample(metrics, 'autopilot_admission_reviews_total{reason="internal-error"}')).toBe(1);
  });

  test('answers with an error, and counts it, when even that can’t be told', async () => {
    const log = makeLogger('webhook', 'silent');
    log.error = () => {
      throw new TypeError('broken');
    };
    const context = (): never => {
      throw new TypeError('broken');
    };
    const { server, metrics } = makeServer({ log, context });
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect([response.statusCode, response.json()]).toEqual([500, { error: 'the review could not be answered' }]);
    expect(await sample(metrics, 'autopilot_admission_bad_requests_total{status="500"}')).toBe(1);
  });

  test('answers all the same when a review can’t be logged, says so, and goes on', async () => {
    const log = makeLogger('webhook', 'silent');
    const problems: string[] = [];
    log.info = () => {
      throw new TypeError('broken');
    };
    log.error = (_fields: unknown, message?: string) => void problems.push(message ?? '');
    const { server, metrics } = makeServer({ log });
    const review = JSON.stringify(makeReview(makePod()));
    const answers = await Promise.all([post(server, review), post(server, review)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect(await sample(metrics, 'autopilot_admission_seconds_count')).toBe(2);
    expect(problems).toEqual(Array(2).fill('answer could not be counted and logged'));
  });

  test.each(['application/json; charset=utf-8', 'Application/JSON'])('takes a review as %s', async (contentType) => {
    const { server, metrics } = makeServer();
    const response = await post(server, JSON.stringify(makeReview(makePod())), contentType);
    expect(response.json()).toHaveProperty('response.patch');
    expect(await sample(metrics, 'autopilot_admission_seconds_count')).toBe(1);
  });

  test('tells callers to connect elsewhere once it is about to end, and still answers', async () => {
    let draining = false;
    const { server } = makeServer({ draining: () => draining });
    const review = JSON.stringify(makeReview(makePod()));
    expect((await post(server, review)).headers['connection']).not.toBe('close');
    draining = true;
    const response = await post(server, review);
    expect([response.statusCode, response.headers['connection']]).toEqual([200, 'close']);
  });
});

describe('the webhook’s server over TLS', () => {
  test('refuses TLS 1.2 and goes on', async () => {
    const { server, port, ca } = await startTestServer();
    stops.push(() => server.close());
    await expect(call(port, ca, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version|alert/i);
    expect((await call(port, ca)).status).toBe(200);
  });

  test.each([
    ['another path', { path: '/' }, 404],
    ['a path that only begins like it', { path: '/mutate-all' }, 404],
    ['another method', { method: 'PUT' }, 404],
    ['another type', { headers: { 'content-type': 'text/plain' } }, 415],
  ])('refuses %s and goes on with the connection', async (_what, options, status) => {
    const { server, port, ca } = await startTestServer();
    stops.push(() => server.close());
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await call(port, ca, { agent, ...options })).status).toBe(status);
    expect((await call(port, ca, { agent })).status).toBe(200);
    agent.destroy();
  });

  test('keeps an idle connection for longer than the API server does', async () => {
    const { server, port, ca } = await startTestServer();
    stops.push(() => server.close());
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    await call(port, ca, { agent });
    expect(server.server.keepAliveTimeout).toBeGreaterThan(90_000);
    agent.destroy();
  });
});
