import { afterEach, describe, expect, test } from 'vitest';
import { systemClock } from '#runtime/clock.ts';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { eventually, sendJson, startLoopbackApi, type LoopbackAnswer } from '#test/support/loopback-api.ts';
import { noRules } from './namespace-rules.ts';
import { watchNamespaces, type NamespaceWatches } from './watches.ts';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function watch(answer: LoopbackAnswer): Promise<{ watches: NamespaceWatches; asked: () => readonly URL[] }> {
  const api = await startLoopbackApi(answer);
  const transport = await makeKubeTransport(api.config);
  const log = makeLogger('webhook', 'silent');
  const watches = watchNamespaces({ transport, clock: systemClock, random: () => 0, log });
  stops.push(
    () => api.stop(),
    () => Promise.resolve(transport.close()),
    () => watches.stop(),
  );
  watches.start();
  return { watches, asked: () => api.requests.map(({ url }) => url) };
}

const listed: Readonly<Record<string, readonly object[]>> = {
  '/api/v1/namespaces': [
    {
      metadata: {
        name: 'shop',
        labels: { 'infra-autopilot.io/autopilot': 'enabled' },
        annotations: { 'infra-autopilot.io/inject': 'false', other: 'large' },
      },
    },
  ],
  '/api/v1/limitranges': [
    { metadata: { name: 'a', namespace: 'shop' }, spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } },
    { metadata: { name: 'b', namespace: 'shop' }, spec: { limits: [{ type: 'Container', max: { cpu: '500m' } }] } },
  ],
  '/api/v1/resourcequotas': [
    { metadata: { name: 'q', namespace: 'shop' }, spec: { hard: { cpu: '4' } }, status: { used: { cpu: '1' } } },
  ],
};

/** Lists what is given, then holds the watch open and says what it is told to. */
function answers(events: Readonly<Record<string, object>> = {}): LoopbackAnswer {
  return ({ url }, response) => {
    if (url.searchParams.get('watch') !== 'true' && url.searchParams.get('watch') !== '1') {
      sendJson(response, 200, { metadata: { resourceVersion: '1' }, items: listed[url.pathname] ?? [] });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    const event = events[url.pathname];
    response.write(event === undefined ? '\n' : `${JSON.stringify(event)}\n`);
  };
}

describe('the watches of namespaces', () => {
  test('tell what the API says, ours of the annotations alone, and the tightest limits', async () => {
    const { watches, asked } = await watch(answers());
    await eventually('all is listed', () => watches.synced());
    expect(watches.rulesOf('shop')).toEqual({
      acts: true,
      annotations: { 'infra-autopilot.io/inject': 'false' },
      limits: { container: { cpu: { maximum: 0.5 }, memory: {} }, pod: { cpu: {}, memory: {} } },
      quotas: [{ hard: { cpu: 4 }, used: { cpu: 1 }, scopes: [] }],
    });
    expect(watches.rulesOf('elsewhere')).toEqual(noRules);
    const namespaces = asked().find(({ pathname }) => pathname === '/api/v1/namespaces');
    expect(namespaces?.searchParams.get('labelSelector')).toBe('infra-autopilot.io/autopilot in (enabled,observe)');
  });

  test('follow what changes', async () => {
    const used = { cpu: '3' };
    const [quota] = listed['/api/v1/resourcequotas'] ?? [];
    const object = { ...quota, status: { used } };
    const { watches } = await watch(answers({ '/api/v1/resourcequotas': { type: 'MODIFIED', object } }));
    await eventually('the change is seen', () => watches.rulesOf('shop').quotas[0]?.used['cpu'] === 3);
  });

  test('say nothing before they know, and that is no error', async () => {
    const { watches } = await watch((_request, response) => sendJson(response, 503, {}));
    expect([watches.synced(), watches.rulesOf('shop')]).toEqual([false, noRules]);
  });
});
