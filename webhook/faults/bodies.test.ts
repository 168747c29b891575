import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { makePod, makeReview } from '#test/support/admission.ts';
import {
  call,
  makeTestServer,
  post,
  requestOptions,
  sample,
  startTestServer,
  webhookName,
} from '#test/support/webhook-server.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function notPresent(review: Record<string, unknown>, ...names: readonly string[]): string {
  const request = Object.fromEntries(
    Object.entries(review['request'] as object).filter(([name]) => !names.includes(name)),
  );
  return JSON.stringify({ ...review, ...(names.includes('request') ? { request: undefined } : { request }) });
}

const review = makeReview(makePod());
const text = JSON.stringify(review);

test.each([
  ['fault 1: an empty body is answered with 400', '', 'application/json', 400],
  ['fault 2: truncated JSON is answered with 400', text.slice(0, -20), 'application/json', 400],
  ['fault 3: a wrong Content-Type is answered with 415', text, 'text/plain', 415],
  ['fault 5: a review without request is answered with 400', notPresent(review, 'request'), 'application/json', 400],
  ['fault 5: a review without uid is answered with 400', notPresent(review, 'uid'), 'application/json', 400],
  [
    'fault 6: an unknown apiVersion is answered with 400',
    JSON.stringify({ ...review, apiVersion: 'admission.k8s.io/v1beta1' }),
    'application/json',
    400,
  ],
])('%s and counted', async (_sentence, payload, contentType, status) => {
  const { server, metrics } = makeTestServer();
  stops.push(() => server.close());
  expect((await post(server, payload, contentType)).statusCode).toBe(status);
  expect(await sample(metrics, `autopilot_admission_bad_requests_total{status="${status}"}`)).toBe(1);
});

describe('fault 4: a body over the limit', () => {
  /** The answer, and how much came in over the network until then, encryption included. */
  async function answer(headers: Record<string, string | number>, send: (request: ClientRequest) => void) {
    const { server, metrics, port, ca } = await startTestServer();
    stops.push(() => server.close());
    const sockets: TLSSocket[] = [];
    server.server.on('secureConnection', (socket) => sockets.push(socket));
    const json = { 'content-type': 'application/json', ...headers };
    const request = https.request(requestOptions(port, ca, { headers: json }));
    // What it had still to send is lost with the connection.
    request.on('error', () => undefined);
    send(request);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    request.destroy();
    return { status: response.statusCode, bytes: sockets.reduce((sum, socket) => sum + socket.bytesRead, 0), metrics };
  }

  test('is answered with 413 before it is read, when its length is declared', async () => {
    const { status, bytes, metrics } = await answer({ 'content-length': 1_000_000_000 }, (request) =>
      request.write('{'),
    );
    expect(status).toBe(413);
    expect(bytes).toBeLessThan(100_000);
    expect(await sample(metrics, 'autopilot_admission_bad_requests_total{status="413"}')).toBe(1);
  });

  test('is answered with 413 in less than 100 ms by a server that is warm', async () => {
    const { server, port, ca } = await startTestServer();
    stops.push(() => server.close());
    const headers = { 'content-type': 'application/json', 'content-length': 9_000_000 };
    const tries: number[] = [];
    // The quickest of some, since what else runs on the machine is not the server's doing.
    for (let index = 0; index < 5; index += 1) {
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
      await call(port, ca, { agent });
      const startedAt = performance.now();
      const request = https.request(requestOptions(port, ca, { agent, headers }));
      request.on('error', () => undefined);
      request.write('{');
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      tries.push(performance.now() - startedAt);
      expect(response.statusCode).toBe(413);
      request.destroy();
      agent.destroy();
    }
    expect(Math.min(...tries)).toBeLessThan(100);
  });

  test('is read no further than the limit, when its length is not declared', async () => {
    const chunk = 'x'.repeat(65_536);
    const { status, bytes } = await answer({}, (request) => {
      const push = (left: number): void => {
        if (left === 0 || request.destroyed) return;
        if (request.write(chunk)) setImmediate(() => push(left - 1));
        else request.once('drain', () => push(left - 1));
      };
      push(1_024);
    });
    expect(status).toBe(413);
    expect(bytes).toBeLessThan(12 * 1_048_576);
  });
});

describe('under overload', () => {
  test('pods are admitted unchanged and counted, by the first bytes of their reviews', async () => {
    const { server, metrics } = makeTestServer({ limits: { maximumInFlight: 0 } });
    stops.push(() => server.close());
    const response = await post(server, text);
    expect(response.json()).toMatchObject({
      response: {
        uid: (review['request'] as { uid: string }).uid,
        allowed: true,
        auditAnnotations: { reason: 'overloaded' },
      },
    });
    expect(response.json()).not.toHaveProperty('response.patch');
    expect(await sample(metrics, 'autopilot_admission_reviews_total{reason="overloaded"}')).toBe(1);
  });

  test('a body that does not say at once which request it is gets 429, and its pod goes by the failure policy', async () => {
    const { server } = makeTestServer({ limits: { maximumInFlight: 0 } });
    stops.push(() => server.close());
    expect((await post(server, `{"a":{},${text.slice(1)}`)).statusCode).toBe(429);
  });

  test('bodies for which there is no room are not kept, and the room comes back', async () => {
    const { server } = makeTestServer({ limits: { maximumHeldBytes: 100_000 } });
    stops.push(() => server.close());
    const large = JSON.stringify(makeReview(makePod({}, { annotations: { big: 'x'.repeat(200_000) } })));
    const reasons = await Promise.all([large, text].map((body) => post(server, body)));
    expect(reasons.map((response) => response.json<Answer>().response.auditAnnotations.reason)).toEqual([
      'overloaded',
      'injected',
    ]);
    expect((await post(server, text)).json<Answer>().response.auditAnnotations.reason).toBe('injected');
  });

  test('a review that is late already is answered at once, without a look at its pod', async () => {
    const { server } = makeTestServer({ limits: { lateMilliseconds: -1 } });
    stops.push(() => server.close());
    expect((await post(server, text)).json<Answer>().response.auditAnnotations.reason).toBe('overloaded');
  });

  test('slow clients are cut', async () => {
    const { server, port, ca } = await startTestServer();
    stops.push(() => server.close());
    const headers = { 'content-type': 'application/json', 'content-length': 100 };
    const slow = https.request(requestOptions(port, ca, { headers }));
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

  test('a client that connected long before it asks is answered, and one that never asks holds nothing up', async () => {
    const { server, port, ca } = await startTestServer();
    const connect = async (): Promise<TLSSocket> => {
      const socket = tls.connect({ port, host: '127.0.0.1', servername: webhookName, ca });
      await once(socket, 'secureConnect');
      return socket;
    };
    const answered = async (socket: TLSSocket, sent: string): Promise<string> => {
      socket.write(sent);
      const [answer] = (await once(socket, 'data')) as readonly Buffer[];
      return String(answer).split('\r\n')[0] ?? '';
    };
    const [early, late, never, slow] = [await connect(), await connect(), await connect(), await connect()];
    const head = `POST /mutate HTTP/1.1\r\nHost: ${webhookName}\r\nContent-Type: application/json\r\n`;
    // That this one is cut shows that the deadline of the others is over too: they are older.
    expect(await answered(slow, head)).toBe('HTTP/1.1 408 Request Timeout');
    const request = `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
    expect(await answered(early, request)).toBe('HTTP/1.1 200 OK');
    // The deadline still holds for who begins late and does not end.
    expect(await answered(late, head)).toBe('HTTP/1.1 408 Request Timeout');
    expect(never.destroyed).toBe(false);
    const ended = once(never, 'close');
    never.resume();
    await server.close();
    await ended;
  }, 20_000);
});

interface Answer {
  readonly response: { readonly auditAnnotations: { readonly reason: string } };
}
