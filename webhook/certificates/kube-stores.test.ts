import type http from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { makeKubeTransport, type KubeTransport } from '#runtime/kubernetes/transport.ts';
import { sendJson, startLoopbackApi, type LoopbackApi, type LoopbackRequest } from '#test/support/loopback-api.ts';
import { makeKubeSecretEvents, makeKubeSecretStore, makeKubeWebhookConfigurationStore } from './kube-stores.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

let api: LoopbackApi;
let kube: KubeTransport;

async function serve(answer: (request: LoopbackRequest, response: http.ServerResponse) => void): Promise<void> {
  api = await startLoopbackApi(answer);
  kube = await makeKubeTransport(api.config);
}

afterEach(async () => {
  kube.close();
  await api.stop();
});

describe('the Secrets of the API server', () => {
  test('are read decoded', async () => {
    await serve((_request, response) =>
      sendJson(response, 200, { metadata: { resourceVersion: '7' }, data: { 'ca.crt': base64('pem') } }),
    );
    const secret = await makeKubeSecretStore(kube, 'autopilot').read('tls');
    expect(secret).toEqual({ resourceVersion: '7', data: { 'ca.crt': 'pem' } });
    expect(api.requests[0]?.url.pathname).toBe('/api/v1/namespaces/autopilot/secrets/tls');
  });

  test('are patched under the resourceVersion that was read', async () => {
    await serve((_request, response) => sendJson(response, 200, {}));
    expect(await makeKubeSecretStore(kube, 'autopilot').write('tls', '7', { 'ca.crt': 'pem' })).toBe('written');
    expect(api.requests[0]?.method).toBe('PATCH');
    expect(JSON.parse(api.requests[0]?.body ?? '')).toEqual({
      metadata: { resourceVersion: '7' },
      data: { 'ca.crt': base64('pem') },
    });
  });

  test('tell a lost race from a refusal', async () => {
    let status = 409;
    await serve((_request, response) => sendJson(response, status, { kind: 'Status', reason: 'x', message: 'no' }));
    const store = makeKubeSecretStore(kube, 'autopilot');
    expect(await store.write('tls', '7', {})).toBe('conflict');
    status = 403;
    await expect(store.write('tls', '7', {})).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
    await expect(store.read('tls')).rejects.toThrow('could not read Secret tls: 403 no');
    status = 404;
    expect(await store.read('tls')).toBe('absent');
  });
});

describe('the webhook configuration of the API server', () => {
  test('gives the bundle of each entry, and gets a new one into each', async () => {
    await serve((_request, response) =>
      sendJson(response, 200, {
        metadata: { resourceVersion: '3' },
        webhooks: [{ clientConfig: { caBundle: base64('old') } }, { clientConfig: {} }],
      }),
    );
    const store = makeKubeWebhookConfigurationStore(kube, 'infra-autopilot-webhook');
    const stored = await store.read();
    expect(stored).toEqual({ resourceVersion: '3', bundles: ['old', ''] });
    expect(await store.write(stored, 'new')).toBe('written');
    expect(JSON.parse(api.requests[1]?.body ?? '')).toEqual([
      { op: 'replace', path: '/metadata/resourceVersion', value: '3' },
      { op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: base64('new') },
      { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: base64('new') },
    ]);
  });
});

describe('the Events of the API server', () => {
  test('about a Secret are one an hour, whichever replica writes it', async () => {
    let status = 201;
    await serve((_request, response) => sendJson(response, status, { kind: 'Status', reason: 'x', message: 'no' }));
    const events = makeKubeSecretEvents(kube, 'autopilot');
    const noon = Date.UTC(2026, 0, 1, 12);
    expect(await events.missing('tls', 'gone', noon)).toBe('written');
    status = 409;
    expect(await events.missing('tls', 'gone', noon + 3_599_999)).toBe('conflict');
    status = 403;
    await expect(events.missing('tls', 'gone', noon + 3_600_000)).rejects.toMatchObject({
      code: 'AP_KUBERNETES_REQUEST',
    });
    const bodies = api.requests.map(({ body }) => JSON.parse(body) as { readonly metadata: { readonly name: string } });
    const [first, second, third] = bodies.map(({ metadata }) => metadata.name);
    expect([second, third === first]).toEqual([first, false]);
    expect(bodies[0]).toMatchObject({
      metadata: { namespace: 'autopilot' },
      involvedObject: { kind: 'Secret', namespace: 'autopilot', name: 'tls' },
      type: 'Warning',
      reason: 'SecretMissing',
      message: 'gone',
      lastTimestamp: '2026-01-01T12:00:00Z',
    });
    expect(api.requests[0]?.url.pathname).toBe('/api/v1/namespaces/autopilot/events');
  });
});
