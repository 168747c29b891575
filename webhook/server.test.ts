import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { exampleAgent, exampleContext, makePod, makeReview } from '#test/support/admission.ts';
import { issueAuthority, issueLeaf } from './certificates/issue.ts';
import { makeServer, minimumTlsVersion, mutatePath, type ServerParts } from './server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function startServer(parts: Partial<ServerParts> = {}): { server: ReturnType<typeof makeServer>; metrics: Metrics } {
  const metrics = makeMetrics('webhook');
  const log = makeLogger('webhook', 'silent');
  const context = () => exampleContext();
  const server = makeServer({ context, certificate: undefined, log, metrics, ...parts });
  stops.push(() => server.close());
  return { server, metrics };
}

function post(server: ReturnType<typeof makeServer>, payload: string, contentType = 'application/json') {
  return server.inject({ method: 'POST', url: mutatePath, headers: { 'content-type': contentType }, payload });
}

async function count(metrics: Metrics, line: string): Promise<number> {
  const text = await metrics.registry.metrics();
  const found = text.split('\n').find((candidate) => candidate.startsWith(line));
  return Number(found?.split(' ').at(-1));
}

describe('the webhook’s server', () => {
  test('injects, and counts the reason and the latency', async () => {
    const { server, metrics } = startServer();
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ response: { allowed: true, patchType: 'JSONPatch' } });
    expect(await count(metrics, 'autopilot_admission_reviews_total{reason="injected"}')).toBe(1);
    expect(await count(metrics, 'autopilot_admission_seconds_count')).toBe(1);
  });

  test.each([
    ['an empty body', '', 'application/json', 400],
    ['truncated JSON', '{"apiVersion"', 'application/json', 400],
    ['a wrong content type', '{}', 'text/plain', 415],
    ['JSON that is no review', '{}', 'application/json', 400],
    ['a body over the limit', `"${'x'.repeat(8 * 1_048_576)}"`, 'application/json', 413],
  ])('answers %s with an error and counts it', async (_what, payload, contentType, status) => {
    const { server, metrics } = startServer();
    expect((await post(server, payload, contentType)).statusCode).toBe(status);
    expect(await count(metrics, `autopilot_admission_bad_requests_total{status="${status}"}`)).toBe(1);
  });

  test('takes a body of 7 MiB', async () => {
    const { server } = startServer();
    const pod = makePod({}, { labels: { big: 'x'.repeat(7 * 1_048_576) } });
    expect((await post(server, JSON.stringify(makeReview(pod)))).json()).toHaveProperty('response.patch');
  });

  test('injects a pod with keys that would pollute prototypes, and pollutes none', async () => {
    const { server } = startServer();
    const pod = JSON.stringify(makePod({}, { annotations: { PROTO: 'x', constructor: 'y' } }));
    const body = JSON.stringify(makeReview({})).replace('"object":{}', `"object":${pod.replace('PROTO', '__proto__')}`);
    const response = await post(server, body);
    expect(response.json()).toMatchObject({ response: { auditAnnotations: { reason: 'injected' } } });
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });

  test('answers deep nesting and thousands of containers with a clean skip', async () => {
    const { server } = startServer();
    const depth = 500_000;
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const nested = JSON.stringify(makeReview(makePod())).replace('"cart:1"', deep);
    expect((await post(server, nested)).statusCode).toBe(200);
    const containers = Array.from({ length: 10_000 }, (_, index) => ({ name: `c${index}` }));
    const response = await post(server, JSON.stringify(makeReview(makePod({ containers }))));
    expect(response.json()).toMatchObject({ response: { auditAnnotations: { reason: 'too-large' } } });
  });

  test('admits a pod unchanged when deciding fails, and counts it', async () => {
    const agent = {
      ...exampleAgent,
      get image(): string {
        throw new TypeError('broken');
      },
    };
    const { server, metrics } = startServer({ context: () => ({ ...exampleContext(), agent }) });
    const response = await post(server, JSON.stringify(makeReview(makePod())));
    expect(response.json()).toMatchObject({
      response: { allowed: true, auditAnnotations: { reason: 'internal-error' } },
    });
    expect(response.json()).not.toHaveProperty('response.patch');
    expect(await count(metrics, 'autopilot_admission_reviews_total{reason="internal-error"}')).toBe(1);
  });

  test('never answers any JSON with a server error', async () => {
    const { server } = startServer();
    const anyBody = fc.oneof(
      fc.json(),
      fc.jsonValue().map((object) => JSON.stringify(makeReview(object))),
      fc.jsonValue().map((value) => JSON.stringify({ ...makeReview({}), request: value })),
    );
    await fc.assert(
      fc.asyncProperty(anyBody, async (body) => {
        expect((await post(server, body)).statusCode).toBeLessThan(500);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the webhook’s server over TLS', () => {
  const call = (
    port: number,
    ca: string,
    options: https.RequestOptions = {},
  ): Promise<{ status: number; peer: string }> =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(makeReview(makePod()));
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const request = https.request(
        {
          host: '127.0.0.1',
          servername: 'webhook.svc',
          port,
          ca,
          path: mutatePath,
          method: 'POST',
          headers,
          agent: false,
          ...options,
        },
        (response) => {
          const peer = (response.socket as TLSSocket).getPeerCertificate().fingerprint256;
          response.resume().on('end', () => resolve({ status: response.statusCode ?? 0, peer }));
        },
      );
      request.on('error', reject);
      request.end(body);
    });

  test('serves only TLS 1.3, and a swapped certificate from the next connection on', async () => {
    const now = Date.now();
    const authority = await issueAuthority(now);
    const { server } = startServer({ certificate: await issueLeaf(authority, ['webhook.svc'], now) });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const first = await call(port, authority.cert);
    const next = await issueLeaf(authority, ['webhook.svc'], now);
    server.server.setSecureContext({ ...next, minVersion: minimumTlsVersion });
    const second = await call(port, authority.cert);
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.peer).not.toBe(first.peer);
    await expect(call(port, authority.cert, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version|alert/i);
  });

  test('cuts clients that never finish their request or their handshake', async () => {
    const now = Date.now();
    const authority = await issueAuthority(now);
    const { server } = startServer({ certificate: await issueLeaf(authority, ['webhook.svc'], now) });
    await server.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.server.address() as AddressInfo;
    const options = {
      host: '127.0.0.1',
      servername: 'webhook.svc',
      port,
      ca: authority.cert,
      path: mutatePath,
      method: 'POST',
      agent: false,
    };
    const slow = https.request({ ...options, headers: { 'content-type': 'application/json', 'content-length': 100 } });
    slow.write('{');
    const outcome = await Promise.race([
      once(slow, 'response').then(([response]) => (response as IncomingMessage).statusCode),
      once(slow, 'error').then(() => 'cut'),
    ]);
    expect([408, 'cut']).toContain(outcome);
    const silent = net.connect(port, '127.0.0.1');
    silent.on('error', () => undefined);
    await once(silent, 'close');
  }, 20_000);
});
