import { connect, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { selfSigned } from '#test/support/certificates.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import { systemClock, type Clock } from '#runtime/clock.ts';
import { makeLogger } from '#runtime/logger.ts';
import { startReportServer } from './report-server.ts';
import { makeCertificateSource, parsePair, type ServingCertificate } from './serving-certificate.ts';

const now = Date.UTC(2026, 0, 1);
const nextYear = new Date(Date.UTC(2100, 0, 1));
const one = { ...selfSigned('one', nextYear), authorities: 'first' };
const two = { ...selfSigned('two', nextYear), authorities: 'second' };
const base64 = (text: string): string => Buffer.from(text).toString('base64');
type Pair = Pick<ServingCertificate, 'cert' | 'key'> & Partial<ServingCertificate>;
const secret = ({ cert, key, authorities = '' }: Pair) => ({
  data: { 'tls.crt': base64(cert), 'tls.key': base64(key), 'ca.crt': base64(authorities) },
});
const found = (body: unknown): KubeAnswer<unknown> => ({ ok: true, status: 200, body });

/** Time passes at once; after `sleeps` waits the signal fires. */
function setUp(answers: readonly KubeAnswer<unknown>[], sleeps = 10) {
  const abort = new AbortController();
  let asked = 0;
  let slept = 0;
  const clock: Clock = {
    now: () => now,
    sleep: async () => {
      slept += 1;
      if (slept > sleeps) abort.abort();
      await Promise.resolve();
    },
  };
  const transport = scriptedTransport(() => answers[Math.min(asked++, answers.length - 1)] ?? refusal(404));
  const source = makeCertificateSource({
    transport,
    clock,
    random: () => 0,
    log: makeLogger('test', 'silent'),
    namespace: 'release',
    secretName: 'tls',
  });
  return { source, signal: abort.signal, transport };
}

test('waits until another process has filled the Secret', async () => {
  const { source, signal, transport } = setUp([
    refusal(403),
    found({}),
    found({ data: { 'tls.crt': '', 'tls.key': '' } }),
    found(secret(one)),
  ]);
  expect(await source.first(signal)).toEqual(one);
  expect(transport.requests[0]?.path).toBe('/api/v1/namespaces/release/secrets/tls');
});

test('hands on a renewed pair once, and keeps the old one over an unusable one', async () => {
  const mismatched = secret({ cert: two.cert, key: one.key });
  const { source, signal } = setUp([found(secret(one)), refusal(500), found(mismatched), found(secret(two))]);
  const served: string[] = [];
  await source.follow(one, signal, ({ cert }) => served.push(cert));
  expect(served).toEqual([two.cert]);
});

const unusable: readonly [name: string, body: Parameters<typeof parsePair>[0], why: string][] = [
  ['an empty Secret', {}, 'still empty'],
  ['a key of another certificate', secret({ cert: one.cert, key: two.key }), 'does not belong'],
  ['garbage', secret({ cert: 'x', key: 'y' }), 'malformed'],
  ['an expired certificate', secret(selfSigned('old', new Date(now))), 'expired'],
];

test.each(unusable)('does not serve with %s', (_name, body, why) => {
  expect(() => parsePair(body, now)).toThrow(why);
});

async function handshake(port: number, maxVersion: 'TLSv1.2' | 'TLSv1.3'): Promise<string> {
  const socket = await new Promise<TLSSocket>((resolve, reject) => {
    const opened = connect(
      { port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false, maxVersion },
      () => resolve(opened),
    );
    opened.on('error', reject);
  });
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

test('changes its certificate without closing the server, and speaks nothing older than TLS 1.3', async () => {
  const server = await startReportServer(0, one, {
    tokens: { remembered: () => undefined, review: () => Promise.resolve({ verdict: 'unproven', why: '' }) },
    clock: systemClock,
    log: makeLogger('test', 'silent'),
    onReport: () => 'accepted',
    answerTo: () => ({ containers: [] }),
    onResult: () => undefined,
  });
  try {
    expect(await handshake(server.port, 'TLSv1.3')).toBe('one');
    server.useCertificate(two);
    expect(await handshake(server.port, 'TLSv1.3')).toBe('two');
    await expect(handshake(server.port, 'TLSv1.2')).rejects.toThrow('protocol version');
  } finally {
    await server.stop();
  }
});
