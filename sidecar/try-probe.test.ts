import { describe, expect, test } from 'vitest';
import type { ProbeHeader, ProbeTarget } from '#contract/agent-settings.ts';
import { makeFakeHost } from '#test/support/fake-host.ts';
import type { HttpRequest } from './host.ts';
import { tryProbe, type TryResult } from './try-probe.ts';

function targetWith(action: ProbeTarget['action']): ProbeTarget {
  return { container: 'cart', probe: 'liveness', action, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 3 };
}

function httpTarget(headers: readonly ProbeHeader[] = [], path = '/live'): ProbeTarget {
  return targetWith({ type: 'http', scheme: 'http', port: 8080, path, headers });
}

async function tryWith(
  answers: readonly object[],
  target = httpTarget(),
  address = '10.0.0.7',
): Promise<{ result: TryResult; requests: HttpRequest[] }> {
  const host = makeFakeHost({});
  const requests: HttpRequest[] = [];
  host.answers.request = (request) => {
    requests.push(request as HttpRequest);
    return answers[Math.min(requests.length, answers.length) - 1] ?? {};
  };
  return { result: await tryProbe(host, address, target), requests };
}

const status = (code: number, location?: string): object => ({ outcome: 'answer', status: code, location });

describe('an HTTP try', () => {
  test.each([
    [200, true],
    [204, true],
    [304, true],
    [399, true],
    [199, false],
    [400, false],
    [503, false],
  ])('takes status %d as success: %s', async (code, ok) => {
    const { result } = await tryWith([status(code)]);
    expect(result).toEqual(ok ? { ok, statusCode: code } : { ok, failure: 'status', statusCode: code });
  });

  test.each(['refused', 'timeout', 'closed'] as const)('passes on that it was %s', async (outcome) => {
    const { result } = await tryWith([{ outcome, message: '' }]);
    expect(result).toEqual({ ok: false, failure: outcome, statusCode: undefined });
  });

  test('follows a redirect on the same host and judges where it ends', async () => {
    const { result, requests } = await tryWith([status(302, '/other'), status(500)]);
    expect(requests.map(({ path }) => path)).toEqual(['/live', '/other']);
    expect(result).toMatchObject({ ok: false, statusCode: 500 });
  });

  test('takes a redirect to another host as success, without going there', async () => {
    const { result, requests } = await tryWith([status(302, 'http://elsewhere/')]);
    expect([result, requests.length]).toEqual([{ ok: true, statusCode: 302 }, 1]);
  });

  test('gives up after ten redirects', async () => {
    const { result, requests } = await tryWith([status(302, '/again')]);
    expect([result, requests.length]).toEqual([{ ok: false, failure: 'timeout', statusCode: undefined }, 11]);
  });

  test('sends the kubelet’s headers where the author set none', async () => {
    const { requests } = await tryWith([status(200)], httpTarget(), 'fd00::7');
    expect(requests[0]).toMatchObject({ address: 'fd00::7', port: 8080, timeoutMilliseconds: 2_000 });
    expect(Object.fromEntries((requests[0]?.headers ?? []).map(({ name, value }) => [name, value]))).toEqual({
      Host: '[fd00::7]:8080',
      'User-Agent': expect.stringMatching(/^kube-probe\//),
      Accept: '*/*',
      Connection: 'close',
    });
  });

  test('lets the author’s headers win, and sends no Accept where it is set empty', async () => {
    const own = [
      { name: 'host', value: 'cart.example' },
      { name: 'Accept', value: '' },
      { name: 'X-Two', value: '1' },
      { name: 'X-Two', value: '2' },
    ];
    const { requests } = await tryWith([status(200)], httpTarget(own));
    const names = (requests[0]?.headers ?? []).map(({ name }) => name);
    expect(names).toEqual(['User-Agent', 'Connection', 'host', 'X-Two', 'X-Two']);
  });

  test('encodes what a request line can’t carry', async () => {
    const { requests } = await tryWith([status(200)], httpTarget([], '/a b/é?x=%20\ud800#frag'));
    expect(requests[0]?.path).toBe('/a%20b/%C3%A9?x=%20%EF%BF%BD');
  });
});

test('a TCP try succeeds when the connection opens', async () => {
  const host = makeFakeHost({});
  const target = targetWith({ type: 'tcp', port: 5432 });
  expect(await tryProbe(host, '10.0.0.7', target)).toEqual({ ok: true, statusCode: undefined });
  host.answers.connect = () => ({ outcome: 'refused', message: '' });
  expect(await tryProbe(host, '10.0.0.7', target)).toMatchObject({ ok: false, failure: 'refused' });
});

describe('a gRPC probe', () => {
  const frame = (type: number, flags: number, stream: number, payload: readonly number[]): number[] => [
    0,
    0,
    payload.length,
    type,
    flags,
    0,
    0,
    0,
    stream,
    ...payload,
  ];
  const says = (health: number): readonly number[] => [
    ...frame(4, 0, 0, []),
    ...frame(0, 0, 1, [0, 0, 0, 0, 2, 8, health]),
    ...frame(1, 5, 1, []),
  ];

  async function tryGrpc(answer: (hear: (piece: Uint8Array) => Uint8Array | 'enough') => object) {
    const host = makeFakeHost({});
    const openings: Uint8Array[] = [];
    host.answers.converse = ({ port, opening, hear }) => {
      expect(port).toBe(50_051);
      openings.push(opening);
      return answer(hear);
    };
    const target = targetWith({ type: 'grpc', port: 50_051, service: 'shop.Cart' });
    return { result: await tryProbe(host, 'fd00::7', target), said: Buffer.concat(openings).toString('latin1') };
  }

  test.each([
    ['SERVING', 1, { ok: true, statusCode: undefined }],
    ['NOT_SERVING', 2, { ok: false, failure: 'status', statusCode: undefined }],
  ])('that is answered with %s tells so, without a status of HTTP', async (_what, health, result) => {
    const tried = await tryGrpc((hear) => {
      expect(hear(Uint8Array.from(says(health)))).toBe('enough');
      return { outcome: 'heard' };
    });
    expect(tried.result).toEqual(result);
    expect(tried.said).toContain('[fd00::7]:50051');
    expect(tried.said).toContain('shop.Cart');
  });

  test('that is answered in another protocol, or given up, has no full answer', async () => {
    const tried = await tryGrpc((hear) => {
      expect(hear(Uint8Array.from(Buffer.from('HTTP/1.1 400 Bad Request\r\n')))).toBe('enough');
      return { outcome: 'heard' };
    });
    expect(tried.result).toMatchObject({ ok: false, failure: 'closed' });
  });

  test.each(['refused', 'timeout', 'closed'])('that comes to nothing says how: %s', async (outcome) => {
    const tried = await tryGrpc(() => ({ outcome, message: '' }));
    expect(tried.result).toMatchObject({ ok: false, failure: outcome });
  });
});
