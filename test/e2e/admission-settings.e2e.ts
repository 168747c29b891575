import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { agentMemoryLimitAnnotation, injectAnnotation } from '#contract/annotations.ts';
import { annotate, pathTo } from './support/annotate.ts';
import type { Cluster } from './support/cluster.ts';
import { admittedPod, agentOf, dryRunPod } from './support/dry-run.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appPod } from './support/workloads.ts';

type Annotations = Readonly<Record<string, string>>;

interface Amounts {
  readonly cpu: string;
  readonly memory: string;
}

/** A pod with both requests and limits, so that quotas count it; the gate keeps it from a node. */
function pod(cluster: Cluster, limits: Amounts, annotations: Annotations = {}, requests: Amounts = limits) {
  const container = { resources: { requests: { ...requests }, limits: { ...limits } } };
  const { metadata, spec } = appPod('app', { image: cluster.image('faulty-app'), annotations, container });
  return {
    metadata: { ...metadata, generateName: 'app-' },
    spec: { ...spec, schedulingGates: [{ name: 'infra-autopilot.io/e2e' }] },
  } satisfies V1Pod;
}

/** So that the agent's own request and limit differ. */
function burstable(cluster: Cluster, annotations: Annotations = {}) {
  return pod(cluster, { cpu: '20m', memory: '8Mi' }, annotations, { cpu: '10m', memory: '4Mi' });
}

/** What was said in the API reaches the webhook's memory a moment later; no request waits for it. */
function admitted(
  cluster: Cluster,
  namespace: string,
  what: string,
  body: V1Pod,
  isAsSaid: (agent: ReturnType<typeof agentOf>) => boolean,
): Promise<V1Pod> {
  return waitUntil(what, 30, async () => {
    const now = await admittedPod(cluster, namespace, body);
    return isAsSaid(agentOf(now)) ? now : notYet(JSON.stringify(agentOf(now)?.resources ?? 'no agent'));
  });
}

test('a namespace’s annotations are defaults that its pods override one by one', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  await annotate(cluster, pathTo.namespace(name), {
    [injectAnnotation]: 'false',
    [agentMemoryLimitAnnotation]: '48Mi',
  });
  await admitted(cluster, name, 'a bare pod', burstable(cluster), (agent) => agent === undefined);
  const willing = agentOf(await admittedPod(cluster, name, burstable(cluster, { [injectAnnotation]: 'true' })));
  expect(willing?.resources?.limits?.['memory']).toBe('48Mi');
  const own = { [injectAnnotation]: 'true', [agentMemoryLimitAnnotation]: '56Mi' };
  const frugal = agentOf(await admittedPod(cluster, name, burstable(cluster, own)));
  expect(frugal?.resources?.limits?.['memory']).toBe('56Mi');
});

test('fault 22: a bad override gives the namespace’s or the chart’s value and a warning, and the pod is created', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const plain = agentOf(await admittedPod(cluster, name, burstable(cluster)));
  const body = burstable(cluster, { [agentMemoryLimitAnnotation]: 'a lot', [injectAnnotation]: 'yes' });
  const result = await dryRunPod(cluster, name, body);
  if ('refused' in result) throw new Error(result.message);
  expect(agentOf(result.pod)?.resources).toEqual(plain?.resources);
  expect(result.warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining('agent-memory-limit must be a quantity from'),
      expect.stringContaining('inject must be'),
    ]),
  );
});

test('fault 20: a LimitRange presses the agent’s limits, and one that leaves too little keeps the agent out', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const limitRange = (memory: string) => ({
    metadata: { name: 'limits' },
    spec: { limits: [{ type: 'Container', max: { cpu: '50m', memory } }] },
  });
  await cluster.core.createNamespacedLimitRange({ namespace: name, body: limitRange('24Mi') });
  const pressed = await admitted(cluster, name, 'pressed limits', burstable(cluster), (agent) => {
    return agent?.resources?.limits?.['memory'] === '24Mi';
  });
  expect(agentOf(pressed)?.resources?.limits).toEqual({ cpu: '50m', memory: '24Mi' });

  const small = pod(cluster, { cpu: '10m', memory: '2Mi' });
  await cluster.core.replaceNamespacedLimitRange({ name: 'limits', namespace: name, body: limitRange('2Mi') });
  await waitUntil('a bare pod', 30, async () => {
    const result = await dryRunPod(cluster, name, small);
    // Until the webhook has seen the change as well, the API server refuses the agent that is too large.
    if ('refused' in result) return notYet(result.message);
    return agentOf(result.pod) === undefined ? true : notYet('still with the agent');
  });
});

test('fault 20: a ResourceQuota counts the agent, and where only the pod itself fits, it is created without it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const { core } = cluster;
  const hard = { 'requests.cpu': '1', 'limits.cpu': '1', 'requests.memory': '150Mi', 'limits.memory': '150Mi' };
  await core.createNamespacedResourceQuota({ namespace: name, body: { metadata: { name: 'quota' }, spec: { hard } } });
  const used = (what: string, enough: (memory: string | undefined) => boolean): Promise<string | undefined> =>
    waitUntil(what, 30, async () => {
      const { status } = await core.readNamespacedResourceQuota({ name: 'quota', namespace: name });
      const memory = status?.used?.['limits.memory'];
      return enough(memory) ? memory : notYet(memory ?? 'nothing counted');
    });
  await used('a counted quota', (memory) => memory !== undefined);

  const first = await core.createNamespacedPod({ namespace: name, body: pod(cluster, { cpu: '50m', memory: '64Mi' }) });
  const amount = agentOf(first)?.resources?.limits?.['memory'] ?? '';
  expect(amount).toMatch(/Mi$/);
  expect(first.spec?.containers[0]?.resources?.limits?.['memory']).toBe('64Mi');
  await used('the pod with its agent', (memory) => memory === `${64 + Number.parseInt(amount, 10)}Mi`);

  // 4Mi are left of 150Mi: enough for the next pod, but not for its agent too.
  const rest = { cpu: '10m', memory: `${150 - 64 - Number.parseInt(amount, 10) - 4}Mi` };
  const filler = pod(cluster, rest, { [injectAnnotation]: 'false' });
  await core.createNamespacedPod({ namespace: name, body: filler });
  const small = pod(cluster, { cpu: '10m', memory: '4Mi' });
  await waitUntil('a bare pod', 30, async () => {
    const result = await dryRunPod(cluster, name, small);
    // In the moment before the webhook has seen what is used, the quota refuses the pod with its agent.
    if ('refused' in result) return notYet(result.message);
    return agentOf(result.pod) === undefined ? true : notYet('still with the agent');
  });
  expect((await core.createNamespacedPod({ namespace: name, body: small })).spec?.initContainers).toBeUndefined();
  await used('a full quota', (memory) => memory === '150Mi');
  expect(await dryRunPod(cluster, name, small)).toMatchObject({ refused: 403 });
});
