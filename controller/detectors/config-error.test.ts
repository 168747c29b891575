import { expect, test } from 'vitest';
import { ago, foundAt, lonePod, waiting } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import { configError } from './config-error.ts';

const runc =
  'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process';
const atOnce: readonly [reason: string, waitingMessage: string, cause: string, message: string][] = [
  ['CreateContainerConfigError', 'secret "token" not found', 'missing-secret', 'Secret shop/token does not exist.'],
  [
    'CreateContainerConfigError',
    'configmap "web" not found',
    'missing-configmap',
    'ConfigMap shop/web does not exist.',
  ],
  [
    'CreateContainerConfigError',
    "couldn't find key password in Secret shop/token",
    'missing-secret',
    'Secret shop/token has no key password.',
  ],
  [
    'CreateContainerConfigError',
    "couldn't find key app.yaml in ConfigMap shop/web",
    'missing-configmap',
    'ConfigMap shop/web has no key app.yaml.',
  ],
  [
    'RunContainerError',
    `${runc}: exec: "serve": executable file not found in $PATH: unknown`,
    'command-not-found',
    `The command is not in the image: ${runc}: exec: "serve": executable file not found in $PATH: unknown.`,
  ],
  [
    'RunContainerError',
    'exec: "/serve": permission denied',
    'cannot-execute',
    'The command can not be executed: exec: "/serve": permission denied.',
  ],
];

test.each(atOnce)('finds %s at once: %s', (reason, waitingMessage, name, message) => {
  const seen = lonePod({ containers: [waiting(reason, { waitingMessage, waitingSince: noon })] });
  expect(configError.detect(seen, noon)).toMatchObject([
    {
      failureClass: 'ConfigError',
      container: 'app',
      faultAt: noon,
      cause: { name, message },
      evidence: { cause: name },
    },
  ]);
});

test.each([
  ['CreateContainerConfigError', 'failed to sync configmap cache: timed out waiting for the condition'],
  ['CreateContainerConfigError', 'container has runAsNonRoot and image will run as root'],
  ['CreateContainerError', 'context deadline exceeded'],
])('gives the node a second try at %s: %s', (reason, waitingMessage) => {
  const seen = lonePod({ containers: [waiting(reason, { waitingMessage, waitingSince: ago(1) })] });
  expect(foundAt(configError, seen)).toBe(noon + 9_000);
  expect(configError.detect(seen, noon + 8_999)).toEqual([]);
  expect(configError.detect(seen, noon + 9_000)[0]?.cause).toEqual({
    name: 'bad-config',
    message: `The node answers ${reason}: ${waitingMessage}.`,
  });
});

test.each([
  ['a container that runs', container()],
  ['a container that waits for its image', waiting('ImagePullBackOff', { waitingMessage: 'secret "x" not found' })],
  ['a container that starts', waiting('ContainerCreating')],
])('finds nothing in %s', (_name, only) => {
  expect(foundAt(configError, lonePod({ containers: [only] }))).toBeUndefined();
});

test('looks at init containers too', () => {
  const init = waiting('CreateContainerConfigError', {
    init: true,
    name: 'migrate',
    waitingMessage: 'secret "x" not found',
  });
  const seen = lonePod({ containers: [init, waiting('PodInitializing')] });
  expect(configError.detect(seen, noon).map((found) => found.container)).toEqual(['migrate']);
});
