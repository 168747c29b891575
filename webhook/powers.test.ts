import { describe, expect, test } from 'vitest';
import { makePod } from '#test/support/admission.ts';
import { agentPowers, type AgentPower } from '#contract/vocabulary.ts';
import { readPod } from '#contract/pod-shape.ts';
import { cacheMounts, planPowers, type PowerPlan } from './powers.ts';

const share = { 'infra-autopilot.io/share-process-namespace': 'true' };
const volumes = [
  { name: 'pages', emptyDir: {} },
  { name: 'data', persistentVolumeClaim: { claimName: 'cart' } },
  { name: 'scratch', ephemeral: {} },
  { name: 'archive', persistentVolumeClaim: { claimName: 'old', readOnly: true } },
  { name: 'settings', configMap: { name: 'cart' } },
  { name: 'node', hostPath: { path: '/' } },
  { name: 'device', persistentVolumeClaim: { claimName: 'raw' } },
];
const volumeMounts = volumes
  .filter(({ name }) => name !== 'device')
  .map(({ name }) => ({ name, mountPath: `/${name}` }));
const cart = { name: 'cart', volumeMounts, securityContext: { runAsUser: 1000, runAsGroup: 3000 } };

function plan(
  annotations: Readonly<Record<string, string>>,
  spec: object = {},
  canRestartAll = false,
  proven: readonly AgentPower[] = agentPowers,
): PowerPlan {
  const pod = readPod(makePod({ volumes, containers: [cart], ...spec }, { annotations }));
  if (pod === undefined) throw new TypeError('no pod');
  return planPowers(pod, canRestartAll, new Set(proven));
}

const caches = (names: string, paths?: string, spec: object = {}): PowerPlan =>
  plan(
    {
      'infra-autopilot.io/cache-volumes': names,
      ...(paths === undefined ? {} : { 'infra-autopilot.io/cache-paths': paths }),
    },
    spec,
  );

const variable = (given: PowerPlan, name: string): unknown => {
  const value = given.variables.find((each) => each['name'] === name)?.['value'];
  return typeof value === 'string' ? JSON.parse(value) : undefined;
};
const asked = (given: PowerPlan): unknown => variable(given, 'AUTOPILOT_POWERS');
const folders = (given: PowerPlan): unknown => variable(given, 'AUTOPILOT_CACHE_FOLDERS');

test.each([
  {},
  { 'infra-autopilot.io/share-process-namespace': 'false' },
  { 'infra-autopilot.io/cache-paths': 'pages' },
])('a pod with %j asks for nothing and gets nothing', (annotations) => {
  expect(plan(annotations)).toEqual({
    shareProcesses: false,
    cacheVolumes: [],
    user: undefined,
    restartRules: [],
    variables: [],
    warnings: [],
  });
});

describe('a pod that wants all its containers restarted', () => {
  const all = { 'infra-autopilot.io/restart-all': 'true' };

  test('gets the rule that has the kubelet do it on the agreed code, and no other power', () => {
    const given = plan(all, {}, true);
    expect(given.restartRules).toEqual([
      { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } },
    ]);
    expect(asked(given)).toEqual({ 'restart-all': 'given' });
    expect(given).toMatchObject({ shareProcesses: false, user: undefined, warnings: [] });
  });

  test('is told why not where the chart does not know that the cluster can', () => {
    const given = plan(all);
    expect(given.restartRules).toEqual([]);
    expect(asked(given)).toEqual({ 'restart-all': 'restart-all-off' });
    expect(given.warnings).toEqual([expect.stringContaining('restart-all is off')]);
  });

  test('has to say so itself: a cluster that can is not enough', () => {
    expect(plan({}, {}, true).restartRules).toEqual([]);
    expect(plan({ 'infra-autopilot.io/restart-all': 'false' }, {}, true).restartRules).toEqual([]);
  });
});

test('a local reflex is told of the pod’s own grace, and only with the power to restart', () => {
  const reflex = { 'infra-autopilot.io/reflex': 'restart' };
  const told = (given: PowerPlan): unknown => variable(given, 'AUTOPILOT_REFLEX_GRACE_SECONDS');
  expect(told(plan({ ...share, ...reflex }))).toBe(30);
  expect(told(plan({ ...share, ...reflex }, { terminationGracePeriodSeconds: 5 }))).toBe(5);
  expect(told(plan({ ...share, 'infra-autopilot.io/reflex': 'pray' }))).toBeUndefined();
  expect(told(plan({ ...share, ...reflex }, { shareProcessNamespace: false }))).toBeUndefined();
  expect(told(plan(reflex))).toBeUndefined();
});

describe('restarting in place', () => {
  test('needs the shared process namespace and the app’s user, and the patch gives both', () => {
    const given = plan(share);
    expect(given).toMatchObject({ shareProcesses: true, user: { userId: 1000, groupId: 3000 }, warnings: [] });
    expect(asked(given)).toEqual({ 'restart-container': 'given' });
  });

  test('leaves a namespace alone that is shared already', () => {
    const given = plan(share, { shareProcessNamespace: true });
    expect([given.shareProcesses, asked(given)]).toEqual([false, { 'restart-container': 'given' }]);
  });

  test.each([
    ['the pod wants its processes apart', { shareProcessNamespace: false }, 'process-namespace-off'],
    ['the pod sees its node’s processes', { hostPID: true }, 'host-processes'],
    ['the user is the image’s', { containers: [{ name: 'cart' }] }, 'uid-unknown'],
    ['the user is root', { containers: [{ name: 'cart', securityContext: { runAsUser: 0 } }] }, 'uid-unknown'],
    ['the user is no number', { containers: [{ name: 'cart', securityContext: { runAsUser: '7' } }] }, 'uid-unknown'],
  ])('is off when %s, with a warning', (_why, spec, problem) => {
    const given = plan(share, spec);
    expect([given.shareProcesses, given.user, asked(given)]).toEqual([
      false,
      undefined,
      { 'restart-container': problem },
    ]);
    expect(given.warnings).toEqual([expect.stringContaining('restart-container is off')]);
  });
});

describe('the agent’s user', () => {
  const podUser = { securityContext: { runAsUser: 2000, runAsGroup: 2001 } };

  test.each([
    ['the container’s before the pod’s', podUser, { userId: 1000, groupId: 3000 }],
    [
      'the pod’s where the container has none',
      { ...podUser, containers: [{ name: 'c' }] },
      { userId: 2000, groupId: 2001 },
    ],
    [
      'not the pod’s where the container is root',
      { ...podUser, containers: [{ name: 'c', securityContext: { runAsUser: 0 } }] },
      undefined,
    ],
    [
      'without a group where that is root’s',
      { containers: [{ name: 'c', securityContext: { runAsUser: 5, runAsGroup: 0 } }] },
      { userId: 5, groupId: undefined },
    ],
  ])('is %s', (_what, spec, user) => {
    expect(plan(share, spec).user).toEqual(user);
  });

  test('is that of the container that the pod names as its main one', () => {
    const containers = [{ name: 'proxy', securityContext: { runAsUser: 7 } }, cart];
    const annotations = { ...share, 'kubectl.kubernetes.io/default-container': 'cart' };
    expect(plan(annotations, { containers }).user).toEqual({ userId: 1000, groupId: 3000 });
  });
});

describe('clearing the cache', () => {
  test('mounts the volumes that are named, writable, under their names', () => {
    const given = caches(' pages,data ,, scratch,pages');
    expect(cacheMounts(given)).toEqual([
      { name: 'pages', mountPath: '/infra-autopilot/cache/pages' },
      { name: 'data', mountPath: '/infra-autopilot/cache/data' },
      { name: 'scratch', mountPath: '/infra-autopilot/cache/scratch' },
    ]);
    expect([asked(given), folders(given)]).toEqual([{ 'clear-cache': 'given' }, ['pages', 'data', 'scratch']]);
    expect([given.shareProcesses, given.warnings]).toEqual([false, []]);
  });

  test.each([
    ['none', 'none is no volume of the pod'],
    ['settings', 'settings is not one of emptyDir, persistentVolumeClaim, ephemeral'],
    ['node', 'node is not one of emptyDir, persistentVolumeClaim, ephemeral'],
    ['archive', 'archive is read-only'],
    ['device', 'device is mounted by no container'],
    ['../etc\n', 'an entry is no volume of the pod'],
  ])('leaves %j out with a warning, and the rest in', (name, warning) => {
    const given = caches(`${name},pages`);
    expect([given.cacheVolumes, given.warnings]).toEqual([['pages'], [`infra-autopilot: cache-volumes: ${warning}`]]);
    expect(asked(caches(name))).toEqual({ 'clear-cache': 'no-cache' });
  });

  test('is restricted to the paths that are named, and mounts no volume without one', () => {
    const given = caches('pages,data', 'data/tmp/,data/var/thumbs');
    expect([given.cacheVolumes, folders(given)]).toEqual([['data'], ['data/tmp', 'data/var/thumbs']]);
  });

  test.each(['data/../x', 'data//x', '/data/x', 'settings/x', 'none', 'data/.', `data/${'x'.repeat(600)}`])(
    'is never widened by the path %j, which is left out with a warning',
    (path) => {
      const given = caches('data', path);
      expect([given.cacheVolumes, asked(given)]).toEqual([[], { 'clear-cache': 'no-cache' }]);
      expect(given.warnings[0]).toMatch(/^infra-autopilot: cache-paths: /);
    },
  );

  test('is off where the user is not known, and mounts nothing', () => {
    const containers = [{ name: 'cart', volumeMounts }];
    const given = caches('pages', undefined, { containers });
    expect([given.cacheVolumes, asked(given)]).toEqual([[], { 'clear-cache': 'uid-unknown' }]);
  });

  test('keeps to its bounds however long the annotations are', () => {
    const many = Array.from({ length: 1_000 }, (_, index) => ({ name: `v${index}`, emptyDir: {} }));
    const containers = [{ ...cart, volumeMounts: many.map(({ name }) => ({ name, mountPath: `/${name}` })) }];
    const names = many.map(({ name }) => name).join(',');
    const given = caches(names, undefined, { volumes: many, containers });
    expect([given.cacheVolumes.length, given.warnings]).toEqual([
      8,
      ['infra-autopilot: cache-volumes: only the first 8 are used'],
    ]);
    const paths = Array.from({ length: 10_000 }, (_, index) => `v0/${index}`).join(',');
    expect(folders(caches('v0', paths, { volumes: many, containers }))).toHaveLength(32);
  });
});

describe('a power with which the API server takes no pod', () => {
  const wanted = {
    'infra-autopilot.io/share-process-namespace': 'true',
    'infra-autopilot.io/cache-volumes': 'scratch',
    'infra-autopilot.io/restart-all': 'true',
  };

  test.each(agentPowers)('%s is off and said to be, and the others are given', (refused) => {
    const others = agentPowers.filter((power) => power !== refused);
    const given = plan(wanted, {}, true, others);
    expect(asked(given)).toEqual({
      ...Object.fromEntries(others.map((power) => [power, 'given'])),
      [refused]: 'refused',
    });
    expect(given.warnings).toEqual([expect.stringContaining(`${refused} is off: The API server refuses`)]);
  });

  test('leaves nothing of it in the plan', () => {
    const given = plan(wanted, {}, true, []);
    expect(given).toMatchObject({ shareProcesses: false, cacheVolumes: [], restartRules: [], user: undefined });
  });
});
