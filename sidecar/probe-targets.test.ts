import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTargets } from './probe-targets.ts';

const tcp = {
  container: 'cart',
  probe: 'readiness',
  action: { type: 'tcp', port: 5432 },
  periodSeconds: 10,
  timeoutSeconds: 1,
  failureThreshold: 3,
};
const http = {
  ...tcp,
  probe: 'liveness',
  action: { type: 'http', scheme: 'https', port: 8443, path: '/', headers: [{ name: 'Host', value: '' }] },
};

const grpc = { ...tcp, action: { type: 'grpc', port: 50_051, service: 'shop.Cart' } };

describe('parseTargets', () => {
  test('reads what the webhook writes', () => {
    expect(parseTargets(JSON.stringify([tcp, http, grpc]))).toEqual({ targets: [tcp, http, grpc] });
  });

  test.each([
    ['no JSON', '[', 'is not JSON'],
    ['no list', '{}', 'is not a JSON array'],
    ['too many', JSON.stringify(Array.from({ length: 65 }, () => tcp)), 'has more than 64 entries'],
  ])('refuses %s', (_what, text, problem) => {
    expect(parseTargets(text)).toEqual({ problem });
  });

  test.each([
    ['null', null],
    ['an unknown kind', { ...tcp, probe: 'curious' }],
    ['no container', { ...tcp, container: '' }],
    ['no action', { ...tcp, action: undefined }],
    ['an unknown action', { ...tcp, action: { type: 'exec', port: 1 } }],
    ['a port out of range', { ...tcp, action: { type: 'tcp', port: 65_536 } }],
    ['a broken timeout', { ...tcp, timeoutSeconds: 0.5 }],
    ['an endless period', { ...tcp, periodSeconds: 1e9 }],
    ['a path without a slash', { ...http, action: { ...http.action, path: 'x' } }],
    ['no service', { ...grpc, action: { type: 'grpc', port: 1 } }],
    ['a long service', { ...grpc, action: { ...grpc.action, service: 's'.repeat(1_025) } }],
    ['a header that is none', { ...http, action: { ...http.action, headers: ['Host'] } }],
  ])('refuses an entry with %s, saying which', (_what, entry) => {
    expect(parseTargets(JSON.stringify([tcp, entry]))).toEqual({ problem: 'entry 1 is not a probe' });
  });

  test('reads or refuses any text, and never throws', () => {
    const almost = fc.array(
      fc.record({
        ...Object.fromEntries(Object.keys(tcp).map((name) => [name, fc.jsonValue()])),
        action: fc.jsonValue(),
      }),
    );
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      almost.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(text, (given) => {
        const parsed = parseTargets(given);
        expect('targets' in parsed || parsed.problem !== '').toBe(true);
      }),
    );
  });
});
