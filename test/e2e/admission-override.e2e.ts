import type { V1ReplicaSet } from '@kubernetes/client-node';
import { expect } from 'vitest';
import { overrideAnnotation } from '#contract/annotations.ts';
import { admittedPod } from './support/dry-run.ts';
import { createOverride, inSeconds, offerOverride, overridesPath, readOverride } from './support/overrides.ts';
import { appStatus, isReady, livePods, nameOf, onlyReadyPod } from './support/pods.ts';
import { createPolicy } from './support/policies.ts';
import { scrape } from './support/scrape.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appDeployment, appPod } from './support/workloads.ts';
import type { Cluster } from './support/cluster.ts';

/** Less than the app takes at its start, and enough for it. */
const tooLittle = '48Mi';
const needed = { name: 'FAULTY_APP_NEEDED_MIB', value: '64' };
const enough = '160Mi';

const resources = { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: tooLittle } };

async function onlyReplicaSet({ apps }: Cluster, namespace: string): Promise<V1ReplicaSet> {
  const { items } = await apps.listNamespacedReplicaSet({ namespace });
  const [set] = items;
  if (set === undefined || items.length !== 1) throw new Error(`${items.length} ReplicaSets`);
  return set;
}

/** What the API server makes of a new pod of an owner, without keeping it. */
async function nextPod(cluster: Cluster, namespace: string, owner: { kind: string; name: string; uid: string }) {
  const template = appPod('app', { image: cluster.image('faulty-app'), container: { resources } });
  const ownerReferences = [{ apiVersion: 'apps/v1', ...owner, controller: true }];
  const { metadata, spec } = await admittedPod(cluster, namespace, {
    ...template,
    metadata: { ...template.metadata, generateName: `${owner.name}-`, ownerReferences },
  });
  return {
    spec,
    limit: spec?.containers[0]?.resources?.limits?.['memory'],
    mark: metadata?.annotations?.[overrideAnnotation],
  };
}

test('a pod that is killed for its memory at each start gets more in its replacement, and its template stays', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  // The webhook alone is looked at here: nobody else replaces the pod.
  await createPolicy(cluster, name, { mode: 'Off' });
  const body = appDeployment('app', {
    image: cluster.image('faulty-app'),
    disposable: true,
    container: { resources, env: [needed] },
  });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  const starved = await waitUntil('a kill for memory', 90, async () => {
    const [pod] = await livePods(cluster, name);
    const { state, lastState } = (pod && appStatus(pod)) ?? {};
    const reasons = [state?.terminated?.reason, lastState?.terminated?.reason];
    return pod !== undefined && reasons.includes('OOMKilled') ? pod : notYet(JSON.stringify({ state, lastState }));
  });

  const { metadata } = await onlyReplicaSet(cluster, name);
  const owner = { kind: 'ReplicaSet', name: metadata?.name ?? '', uid: metadata?.uid ?? '' };
  const memory = [{ container: 'app', limit: enough }];
  const status = await createOverride(cluster, name, 'more', { owner, memory, expiresAt: inSeconds(600) });
  expect(status.conditions).toMatchObject([{ type: 'Accepted', status: 'True' }]);
  await cluster.core.deleteNamespacedPod({ namespace: name, name: nameOf(starved) });

  const fed = await onlyReadyPod(cluster, name);
  expect(fed.metadata?.annotations?.[overrideAnnotation]).toBe('more');
  expect(fed.spec?.containers[0]?.resources?.limits).toEqual({ memory: enough });
  // The node's own word for what the container runs with.
  expect(appStatus(fed)).toMatchObject({ restartCount: 0, resources: { limits: { memory: enough } } });
  const deployment = await cluster.apps.readNamespacedDeployment({ namespace: name, name: 'app' });
  expect(deployment.metadata?.generation).toBe(1);
  expect((await onlyReplicaSet(cluster, name)).spec?.template?.spec?.containers[0]?.resources?.limits).toEqual({
    memory: tooLittle,
  });

  await cluster.kube.request({ method: 'DELETE', path: `${overridesPath(name)}/more` });
  await waitUntil('pods as the template says', 20, async () => {
    const { limit, mark } = await nextPod(cluster, name, owner);
    return limit === tooLittle && mark === undefined ? true : notYet(String(limit));
  });
  expect(isReady(await onlyReadyPod(cluster, name))).toBe(true);
});

test('an override holds until it expires, and is then deleted', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const owner = { kind: 'ReplicaSet', name: 'app', uid: crypto.randomUUID() };
  const spec = {
    owner,
    memory: [{ container: 'app', limit: '64Mi' }],
    avoidNodes: ['node-7'],
    expiresAt: inSeconds(10),
  };
  await createOverride(cluster, name, 'short', spec);
  const before = await nextPod(cluster, name, owner);
  expect(before).toMatchObject({ limit: '64Mi', mark: 'short' });
  const preferred = before.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
  expect(preferred?.[0]?.preference.matchFields?.[0]).toEqual({
    key: 'metadata.name',
    operator: 'NotIn',
    values: ['node-7'],
  });

  await waitUntil('the end of the override', 20, async () => {
    const { limit, mark } = await nextPod(cluster, name, owner);
    return limit === tooLittle && mark === undefined ? true : notYet(String(limit));
  });
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(spec.expiresAt));
  await waitUntil('its deletion', 120, async () =>
    (await readOverride(cluster, name, 'short')) === undefined ? true : notYet('it is there'),
  );
});

test('a bad or foreign override, or one where nothing may be changed, is ignored and counted', async ({
  cluster,
  namespace,
}) => {
  const [own, other, observing] = await Promise.all([namespace('enabled'), namespace('enabled'), namespace('observe')]);
  const owner = { kind: 'ReplicaSet', name: 'app', uid: crypto.randomUUID() };
  const memory = [{ container: 'app', limit: '64Mi' }];
  const expiresAt = inSeconds(300);
  const before = await scrape(cluster, 'webhook');
  const counted = async (reason: string): Promise<number> => {
    const sample = `autopilot_overrides_ignored_total{reason="${reason}"}`;
    return ((await scrape(cluster, 'webhook')).get(sample) ?? 0) - (before.get(sample) ?? 0);
  };

  await createOverride(cluster, other, 'elsewhere', { owner, memory, expiresAt });
  await createOverride(cluster, own, 'misnamed', { owner: { ...owner, name: 'cart' }, memory, expiresAt });
  expect(await nextPod(cluster, own, owner)).toMatchObject({ limit: tooLittle, mark: undefined });
  expect(await counted('Foreign')).toBeGreaterThanOrEqual(2);

  const large = await createOverride(cluster, own, 'large', {
    owner,
    memory: [{ container: 'app', limit: '1Ti' }],
    expiresAt,
  });
  expect(large.conditions).toMatchObject([{ type: 'Accepted', status: 'False', reason: 'AboveCap' }]);
  expect(await counted('AboveCap')).toBeGreaterThanOrEqual(1);
  expect(await nextPod(cluster, own, owner)).toMatchObject({ limit: tooLittle, mark: undefined });

  await createOverride(cluster, observing, 'more', { owner, memory, expiresAt });
  expect(await nextPod(cluster, observing, owner)).toMatchObject({ limit: tooLittle, mark: undefined });
  expect(await counted('Observing')).toBeGreaterThanOrEqual(1);
  // The same one where it is meant: what was seen above is not that nothing works.
  await createOverride(cluster, own, 'more', { owner, memory, expiresAt });
  expect(await nextPod(cluster, own, owner)).toMatchObject({ limit: '64Mi', mark: 'more' });
});

test('the API server refuses a malformed override and every change of one', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const owner = { kind: 'ReplicaSet', name: 'app', uid: 'a' };
  const spec = { owner, memory: [{ container: 'app', limit: '64Mi' }], expiresAt: inSeconds(300) };
  const { memory: _memory, ...without } = spec;
  for (const [what, offered, sentence] of [
    ['nothing to change', without, 'memory or avoidNodes must say what is changed'],
    ['no end', { ...spec, expiresAt: undefined }, 'spec.expiresAt'],
    ['an amount that is none', { ...spec, memory: [{ container: 'app', limit: 'lots' }] }, 'spec.memory[0].limit'],
    ['one container twice', { ...spec, memory: [...spec.memory, ...spec.memory] }, 'Duplicate value'],
  ] as const) {
    const answer = await offerOverride(cluster, name, 'bad', offered);
    expect(answer, what).toMatchObject({ ok: false, message: expect.stringContaining(sentence) });
  }
  expect(await offerOverride(cluster, name, 'good', spec)).toMatchObject({ ok: true });
  const changed = await cluster.kube.request({
    method: 'PATCH',
    path: `${overridesPath(name)}/good`,
    contentType: 'application/merge-patch+json',
    body: { spec: { expiresAt: inSeconds(600) } },
  });
  expect(changed).toMatchObject({ ok: false, message: expect.stringContaining('an override never changes') });
});
