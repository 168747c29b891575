import { describe, expect, test } from 'vitest';
import { admitObject, exampleAgent, exampleContext, makePod, patched } from '#test/support/admission.ts';
import { readPod, type PodShape } from '#contract/pod-shape.ts';
import { readPodSettings, type PodSettings } from './pod-settings.ts';

const prefix = 'infra-autopilot.io';

function prefixed(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`${prefix}/${name}`, value]));
}

function read(
  ofPod: Readonly<Record<string, string>>,
  ofNamespace: Readonly<Record<string, string>> = {},
  spec: object = {},
): PodSettings {
  const pod = readPod(makePod(spec, { annotations: prefixed(ofPod) })) as PodShape;
  return readPodSettings(pod, prefixed(ofNamespace), exampleAgent);
}

const scratch = {
  volumes: [{ name: 'pages', emptyDir: {} }],
  containers: [{ name: 'cart', volumeMounts: [{ name: 'pages', mountPath: '/pages' }] }],
};

describe('settings of one pod', () => {
  test.each([
    ['the chart where nobody says anything', {}, {}, '10m', '128Mi'],
    ['the namespace before the chart', {}, { 'agent-cpu-request': '20m', 'agent-memory-limit': '96Mi' }, '20m', '96Mi'],
    [
      'the pod before the namespace, field by field',
      { 'agent-memory-limit': '256Mi' },
      { 'agent-cpu-request': '20m', 'agent-memory-limit': '96Mi' },
      '20m',
      '256Mi',
    ],
    [
      'the namespace where the pod’s value is bad',
      { 'agent-cpu-request': 'much' },
      { 'agent-cpu-request': '20m' },
      '20m',
      '128Mi',
    ],
  ])('come from %s', (_what, ofPod, ofNamespace, cpuRequest, memoryLimit) => {
    expect(read(ofPod, ofNamespace).amounts.wanted).toEqual({
      cpuRequest,
      cpuLimit: '100m',
      memoryRequest: '48Mi',
      memoryLimit,
    });
  });

  test.each([
    ['inject', 'no', '"true" or "false"'],
    ['share-process-namespace', 'yes', '"true" or "false"'],
    ['local-data', 'true', '"disposable"'],
    ['hang-seconds', '5s', 'a number from 0.2 to 3600'],
    ['hang-seconds', '0', 'a number from 0.2 to 3600'],
    ['agent-memory-limit', '128MB', 'a quantity from 48Mi to 1Gi'],
    ['agent-memory-limit', '1Mi', 'a quantity from 48Mi to 1Gi'],
    ['agent-memory-limit', '1Ti', 'a quantity from 48Mi to 1Gi'],
    ['agent-memory-limit', '-1', 'a quantity from 48Mi to 1Gi'],
    ['agent-cpu-request', '', 'a quantity from 1m to 1'],
    ['agent-cpu-request', '2', 'a quantity from 1m to 1'],
  ])('warn about %s: %j and fall back', (name, value, words) => {
    const warning = (whose: string): string => `infra-autopilot: ${name}${whose} must be ${words}; the default is used`;
    expect(read({ [name]: value })).toEqual({ ...read({}), warnings: [warning('')] });
    expect(read({}, { [name]: value })).toEqual({ ...read({}), warnings: [warning(' of the namespace')] });
  });

  test.each([
    ['sharing processes', {}, { 'share-process-namespace': 'true' }, {}, { 'share-process-namespace': 'true' }],
    [
      'not what the pod says itself',
      { 'share-process-namespace': 'false' },
      { 'share-process-namespace': 'true' },
      {},
      {},
    ],
    [
      'not what the pod’s spec rules out',
      {},
      { 'share-process-namespace': 'true' },
      { shareProcessNamespace: false },
      {},
    ],
    ['the cache volumes that it has', {}, { 'cache-volumes': 'pages,other' }, scratch, { 'cache-volumes': 'pages' }],
    ['no cache volumes where it has none', {}, { 'cache-volumes': 'pages', 'cache-paths': 'pages/a' }, {}, {}],
    [
      'cache paths for its own cache volumes',
      { 'cache-volumes': 'pages' },
      { 'cache-volumes': 'other', 'cache-paths': 'pages/a' },
      scratch,
      { 'cache-paths': 'pages/a' },
    ],
  ])('take over from the namespace: %s', (_what, ofPod, ofNamespace, spec, inherited) => {
    expect(read(ofPod, ofNamespace, spec)).toMatchObject({ inherited: prefixed(inherited), warnings: [] });
    expect(read(ofPod, ofNamespace, spec).inherited).toEqual(prefixed(inherited));
  });
});

describe('a namespace’s annotations', () => {
  const out = exampleContext({ annotations: prefixed({ inject: 'false' }) });

  test.each([
    ['keep the agent out', {}, 'namespace-opted-out'],
    ['are overruled by the pod', { inject: 'true' }, 'injected'],
    ['stand where the pod has a typing error', { inject: 'yes' }, 'namespace-opted-out'],
  ])('%s', (_what, annotations, reason) => {
    expect(admitObject(makePod({}, { annotations: prefixed(annotations) }), out).reason).toBe(reason);
  });

  test('give powers that the pod then shows', () => {
    const context = exampleContext({
      annotations: prefixed({ 'cache-volumes': 'pages', 'share-process-namespace': 'true' }),
    });
    const pod = makePod({ ...scratch, securityContext: { runAsUser: 1000 } });
    const outcome = admitObject(pod, context);
    expect(outcome.warnings).toEqual([]);
    expect(patched(pod, outcome)).toMatchObject({
      metadata: { annotations: prefixed({ 'cache-volumes': 'pages', 'share-process-namespace': 'true' }) },
      spec: {
        shareProcessNamespace: true,
        initContainers: [
          {
            securityContext: { runAsUser: 1000 },
            volumeMounts: [{ name: 'infra-autopilot-token' }, { mountPath: '/infra-autopilot/cache/pages' }],
          },
        ],
      },
    });
  });
});
