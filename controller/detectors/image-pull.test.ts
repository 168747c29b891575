import { describe, expect, test } from 'vitest';
import { ago, causesFound, foundAt, lonePod, waiting, warning } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';
import { imagePull } from './image-pull.ts';

function pulling(waitingReason: string, more: Partial<ContainerSnapshot> = {}) {
  return waiting(waitingReason, { pullFailures: 2, pullFailingSince: ago(9), ...more });
}

const cases: readonly [name: string, container: ContainerSnapshot, found: boolean][] = [
  ['finds nothing in a container that runs', container(), false],
  ['waits for a second failed pull', pulling('ImagePullBackOff', { pullFailures: 1 }), false],
  ['finds the second failed pull', pulling('ErrImagePull'), true],
  ['keeps finding it between pulls', pulling('ImagePullBackOff'), true],
  ['does not mind other kinds of waiting', pulling('ContainerCreating'), false],
  ['finds an image that must not be pulled at once', pulling('ErrImageNeverPull', { pullFailures: 0 }), true],
  ['finds a name that names no image at once', pulling('InvalidImageName', { pullFailures: 0 }), true],
];

test.each(cases)('%s', (_name, only, found) => {
  const findings = imagePull.detect(lonePod({ containers: [only] }), noon);
  expect(findings.map(({ faultAt, container: name }) => ({ faultAt, name }))).toEqual(
    found ? [{ faultAt: ago(9), name: 'app' }] : [],
  );
});

test('finds the second failed pull by time where the status does not show it, and asks to be looked at then', () => {
  const only = pulling('ErrImagePull', { pullFailures: 1, pullFailingSince: noon });
  const seen = lonePod({ containers: [only] });
  expect(foundAt(imagePull, seen)).toBe(noon + 20_000);
  expect(imagePull.detect(seen, noon + 19_999)).toEqual([]);
  expect(imagePull.ripensAt?.(seen, noon + 20_000)).toBeUndefined();
});

test('counts from the start of waiting where no pull was counted', () => {
  const only = waiting('RegistryUnavailable', { waitingSince: ago(10) });
  expect(foundAt(imagePull, lonePod({ containers: [only] }))).toBe(noon + 10_000);
});

const hub =
  'failed to pull and unpack image "docker.io/shop/web:1": failed to resolve reference "docker.io/shop/web:1"';
const messages: readonly [cause: string, runtime: string, message: string][] = [
  ['image-not-found', 'containerd', `rpc error: code = NotFound desc = ${hub}: docker.io/shop/web:1: not found`],
  ['image-not-found', 'CRI-O', 'reading manifest 1 in docker.io/shop/web: manifest unknown: manifest unknown'],
  [
    'image-not-found',
    'Docker',
    'Error response from daemon: manifest for shop/web:1 not found: manifest unknown: manifest unknown',
  ],
  [
    'image-unauthorised',
    'containerd',
    `${hub}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
  ],
  [
    'image-unauthorised',
    'containerd',
    `${hub}: failed to authorize: failed to fetch anonymous token: unexpected status from GET request to https://registry.example/token?scope=x: 401 Unauthorized`,
  ],
  [
    'image-unauthorised',
    'CRI-O',
    'initializing source docker://shop/web:1: reading manifest 1 in shop/web: unauthorized: access to the requested resource is not authorized',
  ],
  [
    'image-unauthorised',
    'Docker',
    'Error response from daemon: Head "https://registry.example/v2/shop/web/manifests/1": no basic auth credentials',
  ],
  [
    'registry-rate-limited',
    'containerd',
    `${hub}: unexpected status from HEAD request to https://registry.example/v2/shop/web/manifests/1: 429 Too Many Requests`,
  ],
  [
    'registry-rate-limited',
    'CRI-O',
    'reading manifest 1 in docker.io/shop/web: toomanyrequests: You have reached your pull rate limit.',
  ],
  [
    'registry-rate-limited',
    'containerd',
    `${hub}: failed to authorize: failed to fetch oauth token: unexpected status: 429 Too Many Requests`,
  ],
  [
    'registry-unreachable',
    'containerd',
    `${hub}: failed to do request: Head "https://registry.example/v2/shop/web/manifests/1": dial tcp: lookup registry.example on 10.96.0.10:53: no such host`,
  ],
  [
    'registry-unreachable',
    'containerd',
    `${hub}: failed to do request: Head "https://10.0.0.9:5000/v2/": dial tcp 10.0.0.9:5000: connect: connection refused`,
  ],
  [
    'registry-unreachable',
    'containerd',
    `${hub}: failed to authorize: failed to fetch anonymous token: Get "https://auth.example/token": net/http: TLS handshake timeout`,
  ],
  [
    'registry-unreachable',
    'CRI-O',
    'initializing source docker://shop/web:1: pinging container registry registry.example: Get "https://registry.example/v2/": dial tcp 10.0.0.9:443: i/o timeout',
  ],
  [
    'registry-unreachable',
    'Docker',
    'Error response from daemon: Get "https://registry.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'registry-unreachable',
    'containerd',
    `${hub}: unexpected status from HEAD request to https://registry.example/v2/shop/web/manifests/1: 503 Service Unavailable`,
  ],
  [
    'image-unusable',
    'containerd',
    'failed to pull and unpack image "docker.io/shop/web:1": no match for platform in manifest: not found',
  ],
  ['image-unusable', 'containerd', 'failed to extract layer: write /var/lib/containerd/x: no space left on device'],
];

describe('why the image can’t be pulled', () => {
  test.each(messages)('is %s by %s: %s', (cause, _runtime, waitingMessage) => {
    const only = pulling('ErrImagePull', { waitingMessage });
    expect(causesFound(imagePull, lonePod({ containers: [only] }))).toEqual([cause]);
  });

  test('is not read out of the image’s own name', () => {
    const image = 'registry.example/denied/not-found:unauthorized';
    const waitingMessage = `Back-off pulling image "${image}": ErrImagePull: reading manifest unauthorized in registry.example/denied/not-found: connection reset by peer`;
    const only = pulling('ImagePullBackOff', { image, waitingMessage });
    expect(causesFound(imagePull, lonePod({ containers: [only] }))).toEqual(['registry-unreachable']);
  });

  test('is told by an event where the status says only that there is a back-off', () => {
    const only = pulling('ImagePullBackOff', { waitingMessage: 'Back-off pulling image "shop/web:1"' });
    const said = [
      warning('Failed', 'Failed to pull image "shop/other:1": unauthorized', { lastAt: noon }),
      warning('Failed', 'Failed to pull image "shop/web:1": rpc error: manifest unknown', { lastAt: ago(1) }),
      warning('Failed', 'Error: ImagePullBackOff', { lastAt: noon }),
    ];
    expect(causesFound(imagePull, lonePod({ containers: [only] }, { said }))).toEqual(['image-not-found']);
  });

  test.each([
    ['ErrImageNeverPull', 'image-unusable', 'shop/web:1 is not on the node, and its pull policy forbids to pull it.'],
    ['InvalidImageName', 'image-unusable', 'shop/web:1 is not a valid name of an image.'],
    ['RegistryUnavailable', 'registry-unreachable', 'shop/web:1: the registry does not answer.'],
    ['ErrImagePull', 'image-unusable', 'shop/web:1 can not be pulled.'],
  ])('is told by %s alone', (reason, name, message) => {
    const [found] = imagePull.detect(lonePod({ containers: [pulling(reason)] }), noon);
    expect(found?.cause).toEqual({ name, message });
  });
});
