import { describe, expect, test } from 'vitest';
import { maximumProbes } from '#contract/report.ts';
import { makePod } from '#test/support/admission.ts';
import { readPod } from '#contract/pod-shape.ts';
import { appProbes, type AppProbes } from './probes.ts';

function probesOf(spec: object): AppProbes {
  const pod = readPod(makePod(spec));
  if (pod === undefined) throw new TypeError('the test’s pod is malformed');
  return appProbes(pod);
}

function targetsOf(container: object): AppProbes['targets'] {
  return probesOf({ containers: [{ name: 'cart', ...container }] }).targets;
}

describe('appProbes', () => {
  test('fills in the defaults of Kubernetes', () => {
    expect(targetsOf({ livenessProbe: { httpGet: { port: 80 } } })).toEqual([
      {
        container: 'cart',
        probe: 'liveness',
        action: { type: 'http', scheme: 'http', port: 80, path: '/', headers: [] },
        periodSeconds: 10,
        timeoutSeconds: 1,
        failureThreshold: 3,
      },
    ]);
  });

  test('keeps what the author set', () => {
    const [target] = targetsOf({
      startupProbe: {
        httpGet: { port: 80, path: 'x?y=1', scheme: 'HTTPS', httpHeaders: [{ name: 'Host', value: 'a' }] },
        periodSeconds: 2,
        timeoutSeconds: 7,
        failureThreshold: 30,
      },
    });
    expect(target).toMatchObject({
      probe: 'startup',
      action: { scheme: 'https', path: '/x?y=1', headers: [{ name: 'Host', value: 'a' }] },
      periodSeconds: 2,
      timeoutSeconds: 7,
      failureThreshold: 30,
    });
  });

  test.each([
    ['a named port', 'web', 8080],
    ['a port as text', '8081', 8081],
    ['a port', 8082, 8082],
  ])('resolves %s', (_what, port, expected) => {
    const ports = [{ name: 'other' }, { name: 'web', containerPort: 8080 }];
    expect(targetsOf({ ports, readinessProbe: { tcpSocket: { port } } })).toMatchObject([
      { probe: 'readiness', action: { type: 'tcp', port: expected } },
    ]);
  });

  test.each([
    ['the server as a whole', { port: 50_051 }, ''],
    ['the server as a whole, as the API server fills it in', { port: 50_051, service: '' }, ''],
    ['one service', { port: 50_051, service: 'shop.Cart' }, 'shop.Cart'],
  ])('takes over a gRPC health check of %s', (_what, grpc, service) => {
    expect(targetsOf({ livenessProbe: { grpc } })).toMatchObject([{ action: { type: 'grpc', port: 50_051, service } }]);
  });

  test.each([
    ['exec', { exec: { command: ['true'] } }],
    ['grpc on a port by name', { grpc: { port: 'web' } }],
    ['grpc for a service whose name fits into no frame', { grpc: { port: 80, service: 's'.repeat(1_025) } }],
    ['httpGet.host', { httpGet: { port: 80, host: '10.0.0.1' } }],
    ['tcpSocket.host', { tcpSocket: { port: 80, host: 'db' } }],
    ['an unknown port name', { httpGet: { port: 'nope' } }],
    ['port 0', { tcpSocket: { port: 0 } }],
    ['port 65536', { tcpSocket: { port: '65536' } }],
  ])('leaves out a probe with %s', (_what, livenessProbe) => {
    expect(targetsOf({ livenessProbe })).toEqual([]);
  });

  test('watches the app’s own native sidecars and none of its passing init containers', () => {
    const livenessProbe = { tcpSocket: { port: 1 } };
    const { targets } = probesOf({
      initContainers: [
        { name: 'passing', livenessProbe },
        { name: 'lasting', restartPolicy: 'Always', livenessProbe },
      ],
    });
    expect(targets.map(({ container }) => container)).toEqual(['lasting']);
  });

  test('counts what is beyond its bound', () => {
    const livenessProbe = { tcpSocket: { port: 1 } };
    const containers = Array.from({ length: maximumProbes + 3 }, (_, index) => ({ name: `c${index}`, livenessProbe }));
    const { targets, omitted } = probesOf({ containers });
    expect([targets.length, omitted]).toEqual([maximumProbes, 3]);
  });
});
