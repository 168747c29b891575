import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { agentContainerName } from '#contract/annotations.ts';
import type { Cluster } from './support/cluster.ts';
import { agentOf } from './support/dry-run.ts';
import { runKubectl } from './support/kubectl.ts';
import { appStatus, livePods, nameOf, readyPods } from './support/pods.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appDeployment, appPod, appStatefulSet } from './support/workloads.ts';

test('fault 21: pods that end by themselves do so beside the agent, with their own exit codes', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const template = endingPod(cluster, 0);
  await cluster.batch.createNamespacedCronJob({
    namespace: name,
    body: {
      metadata: { name: 'report' },
      spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { backoffLimit: 0, template } } },
    },
  });
  await runKubectl(cluster, name, ['create', 'job', 'report-by-hand', '--from=cronjob/report']);
  for (const [pod, exitCode] of [
    ['good', 0],
    ['bad', 4],
  ] as const) {
    const { metadata, spec } = endingPod(cluster, exitCode);
    await cluster.core.createNamespacedPod({ namespace: name, body: { metadata: { ...metadata, name: pod }, spec } });
  }

  const ended = await waitUntil('end of all pods', 120, async () => {
    const pods = await livePods(cluster, name);
    const phases = pods.map((pod) => `${nameOf(pod)} ${pod.status?.phase ?? ''}`);
    return pods.length === 3 && phases.every((phase) => /Succeeded|Failed/.test(phase)) ? pods : notYet(phases.join());
  });
  const byName = new Map(ended.map((pod) => [nameOf(pod).replace(/-by-hand-.*/, ''), pod]));
  expect([...byName.keys()].toSorted()).toEqual(['bad', 'good', 'report']);
  for (const pod of ended) expect(agentOf(pod), nameOf(pod)).toBeDefined();
  const exitCodeOf = (key: string): unknown => {
    const pod = byName.get(key);
    return pod && [pod.status?.phase, appStatus(pod)?.state?.terminated?.exitCode];
  };
  expect(exitCodeOf('report')).toEqual(['Succeeded', 0]);
  expect(exitCodeOf('good')).toEqual(['Succeeded', 0]);
  expect(exitCodeOf('bad')).toEqual(['Failed', 4]);
  await waitUntil('a complete Job', 30, async () => {
    const { status } = await cluster.batch.readNamespacedJob({ name: 'report-by-hand', namespace: name });
    return status?.succeeded === 1 ? true : notYet(JSON.stringify(status));
  });
});

test('pods of well-known shapes run with the agent as they did without, and kubectl means the app by default', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const { core, apps } = cluster;
  const image = cluster.image('faulty-app');
  await apps.createNamespacedStatefulSet({
    namespace: name,
    body: appStatefulSet('ordered', { image, replicas: 3 }),
  });
  await apps.createNamespacedDaemonSet({
    namespace: name,
    body: {
      metadata: { name: 'everywhere' },
      spec: { selector: { matchLabels: { app: 'everywhere' } }, template: appPod('everywhere', { image }) },
    },
  });
  await apps.createNamespacedDeployment({
    namespace: name,
    body: appDeployment('prepared', {
      image,
      initContainers: [helper(cluster, 'migrate', 0), { ...helper(cluster, 'proxy', 3600), restartPolicy: 'Always' }],
      container: {
        env: Array.from({ length: 200 }, (_none, index) => ({ name: `SETTING_${index}`, value: `${index}` })),
      },
    }),
  });
  const amounts = { cpu: '50m', memory: '128Mi' };
  const guaranteed = appPod('guaranteed', { image, container: { resources: { requests: amounts, limits: amounts } } });
  const shared = appPod('shared', { image });
  const bare = { ...shared, spec: { ...shared.spec, shareProcessNamespace: true, restartPolicy: 'Never' } };
  const described = podWithVolumes(cluster);
  for (const { metadata, spec } of [guaranteed, bare, described]) {
    const body = { metadata: { ...metadata, name: metadata.labels.app }, spec };
    await core.createNamespacedPod({ namespace: name, body });
  }

  const pods = await readyPods(cluster, name, 8, '', 180);
  for (const pod of pods) expectRunningAgent(pod);
  const pod = (prefix: string): V1Pod => {
    const found = pods.find((one) => nameOf(one).startsWith(prefix));
    if (found === undefined) throw new Error(`no pod ${prefix}`);
    return found;
  };
  for (const [earlier, later] of [
    ['ordered-0', 'ordered-1'],
    ['ordered-1', 'ordered-2'],
  ] as const) {
    const created = pod(later).metadata?.creationTimestamp?.getTime() ?? 0;
    expect(created).toBeGreaterThanOrEqual(readyAt(pod(earlier)));
  }
  expect(pod('guaranteed').status?.qosClass).toBe('Guaranteed');
  expect(pod('prepared').spec?.initContainers?.map((one) => one.name)).toEqual([
    'migrate',
    'proxy',
    agentContainerName,
  ]);

  expect(await runKubectl(cluster, name, ['logs', 'deployment/prepared'])).toContain('"event":"listening"');
  const inApp = (target: string, script: string): Promise<string> =>
    runKubectl(cluster, name, ['exec', target, '--', '/usr/local/bin/node', '-e', script]);
  expect(
    await inApp(
      'deployment/prepared',
      "console.log(/SETTING_199=(\\w+)/.exec(fs.readFileSync('/proc/self/environ', 'utf8'))[1])",
    ),
  ).toBe('199');
  expect(await inApp('pod/shared', 'console.log(process.pid > 1)')).toBe('true');
  const files = ['labels', 'token', 'namespace'].map((file) => `/etc/about/${file}`);
  const read = `console.log(${JSON.stringify(files)}.map((file) => fs.readFileSync(file).length > 0).join())`;
  expect(await inApp('pod/described', read)).toBe('true,true,true');
});

/** Ends by itself with the exit code. */
function endingPod(cluster: Cluster, exitCode: number) {
  const { metadata, spec } = appPod('ending', { image: cluster.image('faulty-app') });
  // A container that ends by itself is never ready to serve.
  const containers = spec.containers.map(({ readinessProbe: _none, ...container }) => {
    return { ...container, env: jobVariables(1, exitCode) };
  });
  return { metadata, spec: { ...spec, restartPolicy: 'Never', containers } };
}

/** An init container of the app's own, which lives for so long. */
function helper(cluster: Cluster, name: string, seconds: number) {
  const { spec } = appPod(name, { image: cluster.image('faulty-app') });
  const [{ image, securityContext, resources } = { image: '', securityContext: {}, resources: {} }] = spec.containers;
  return { name, image, securityContext, resources, env: jobVariables(seconds, 0) };
}

function jobVariables(seconds: number, exitCode: number) {
  return [
    { name: 'FAULTY_APP_MODE', value: 'job' },
    { name: 'FAULTY_APP_JOB_SECONDS', value: String(seconds) },
    { name: 'FAULTY_APP_JOB_EXIT_CODE', value: String(exitCode) },
  ];
}

/** Has a projected volume with a downward API part and a token of its own beside an emptyDir. */
function podWithVolumes(cluster: Cluster) {
  const volumeMounts = [
    { name: 'state', mountPath: '/var/lib/app' },
    { name: 'about', mountPath: '/etc/about' },
  ];
  const { metadata, spec } = appPod('described', { image: cluster.image('faulty-app'), container: { volumeMounts } });
  const field = (path: string, fieldPath: string) => ({ path, fieldRef: { fieldPath } });
  const about = {
    name: 'about',
    projected: {
      sources: [
        { downwardAPI: { items: [field('labels', 'metadata.labels'), field('namespace', 'metadata.namespace')] } },
        { serviceAccountToken: { path: 'token', audience: 'elsewhere' } },
      ],
    },
  };
  return { metadata, spec: { ...spec, volumes: [...spec.volumes, about] } };
}

function expectRunningAgent(pod: V1Pod): void {
  const status = pod.status?.initContainerStatuses?.find(({ name }) => name === agentContainerName);
  expect(status, nameOf(pod)).toMatchObject({ started: true, restartCount: 0, state: { running: {} } });
}

function readyAt({ status }: V1Pod): number {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime?.getTime() ?? Infinity;
}
