import { expect, test } from 'vitest';
import { autopilotLabel, pausedAnnotation } from '#contract/annotations.ts';
import { actWorld, annotated, paths, quietObjects, type Objects } from '#test/support/acts.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import type { EvictPod, RestartRollout } from '../model/action.ts';
import { execute } from './execute.ts';
import { preflight } from './preflight.ts';

const evict: EvictPod = { kind: 'evict-pod', namespace: 'shop', podName: 'web-1', podUid: 'pod-1' };
const rollout: RestartRollout = {
  kind: 'restart-rollout',
  namespace: 'shop',
  workload: { kind: 'Deployment', name: 'web', uid: 'web-uid' },
  generation: 4,
};
const paused = { [pausedAnnotation]: 'true' };

function labelled(mode: string | undefined): Objects {
  return { [paths.namespace]: { metadata: { name: 'shop', labels: mode ? { [autopilotLabel]: mode } : {} } } };
}

function pod(metadata: object): Objects {
  return { [paths.pod]: { metadata: { ...quietObjects[paths.pod].metadata, ...metadata } } };
}

const refusals: readonly [what: string, objects: Objects, reason: string, who: string][] = [
  ['the release’s namespace is paused', annotated(paths.releaseNamespace, paused), 'paused', 'release’s namespace'],
  ['the release’s Deployment is paused', annotated(paths.releaseDeployment, paused), 'paused', 'release’s Deployment'],
  [
    'the namespace is paused',
    { [paths.namespace]: { metadata: { ...quietObjects[paths.namespace].metadata, annotations: paused } } },
    'paused',
    'namespace shop',
  ],
  ['the workload is paused', annotated(paths.owner, paused), 'paused', 'the workload'],
  ['the pod is paused', annotated(paths.pod, paused), 'paused', 'the pod'],
  ['the namespace only observes by now', labelled('observe'), 'paused', 'does not let'],
  ['the namespace’s label has gone', labelled(undefined), 'paused', 'does not let'],
  ['the namespace is gone', { [paths.namespace]: undefined }, 'paused', 'does not let'],
  ['the workload is gone', { [paths.owner]: undefined }, 'target-changed', 'Deployment web'],
  [
    'the workload is another one of the same name',
    { [paths.owner]: { metadata: { uid: 'other' } } },
    'target-changed',
    'Deployment web',
  ],
  [
    'the workload is being deleted',
    { [paths.owner]: { metadata: { uid: 'web-uid', deletionTimestamp: '2026-01-01T00:00:00Z' } } },
    'target-changed',
    'being deleted',
  ],
  ['the pod is gone', { [paths.pod]: undefined }, 'pod-changed', 'Pod web-1'],
  ['the pod is another one of the same name', pod({ uid: 'pod-2' }), 'pod-changed', 'Pod web-1'],
  ['the pod is being deleted', pod({ deletionTimestamp: '2026-01-01T00:00:00Z' }), 'terminating', 'Pod web-1'],
];

test.each(refusals)('sends nothing when %s', async (_what, objects, reason, who) => {
  const world = actWorld(objects);
  const outcome = await execute([evict], world.context);
  expect(outcome).toMatchObject({ result: 'refused', reason, message: expect.stringContaining(who) as string });
  expect(world.writes()).toEqual([]);
});

test('is not held by a namespace that only observes where it undoes an act of ours, but by everything else', async () => {
  const undoing = { undoing: true } as const;
  const observing = actWorld(labelled('observe'), undefined, undoing);
  expect(await execute([evict], observing.context)).toMatchObject({ result: 'done' });
  for (const objects of [
    labelled(undefined),
    annotated(paths.releaseNamespace, paused),
    annotated(paths.owner, paused),
  ]) {
    const world = actWorld(objects, undefined, undoing);
    expect(await execute([evict], world.context)).toMatchObject({ result: 'refused', reason: 'paused' });
    expect(world.writes()).toEqual([]);
  }
});

test('sends nothing when the pod has recovered', async () => {
  const world = actWorld({}, undefined, { stillFailing: () => false });
  expect(await execute([evict], world.context)).toMatchObject({ result: 'refused', reason: 'pod-changed' });
  expect(world.writes()).toEqual([]);
});

test('sends nothing once it leads no more, and asks that after everything else', async () => {
  const order: string[] = [];
  const { context, transport, writes } = actWorld({}, undefined, {
    leading: () => {
      order.push(`leading after ${transport.requests.length} reads`);
      return false;
    },
  });
  expect(await execute([evict], context)).toMatchObject({ result: 'refused', reason: 'not-leading' });
  expect([order, writes()]).toEqual([['leading after 5 reads'], []]);
});

test.each(['kube-system', 'autopilot'])('never acts in %s, whatever its label says', async (namespace) => {
  const path = `/api/v1/namespaces/${namespace}`;
  const world = actWorld({ [path]: { metadata: { name: namespace, labels: { [autopilotLabel]: 'enabled' } } } });
  const outcome = await execute([{ ...evict, namespace }], world.context);
  expect(outcome).toMatchObject({ result: 'refused', reason: 'paused' });
});

test('reads everything at once and no more than its metadata, where that is enough', async () => {
  let open = 0;
  let most = 0;
  const { context } = actWorld();
  const slow = {
    ...scriptedTransport(() => refusal(404)),
    request: async (request: Parameters<typeof context.transport.request>[0]) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setTimeout(resolve, 1));
      open -= 1;
      return await context.transport.request(request);
    },
  } as typeof context.transport;
  await preflight(evict, { ...context, transport: slow });
  expect(most).toBe(5);
});

test('reads an object once that is both the workload and what is changed', async () => {
  const { context, transport } = actWorld();
  await preflight(rollout, context);
  expect(transport.requests.map(({ path, accept }) => [path, accept === undefined ? 'whole' : 'metadata'])).toEqual([
    [paths.owner, 'whole'],
    [paths.namespace, 'metadata'],
    [paths.releaseNamespace, 'metadata'],
    [paths.releaseDeployment, 'metadata'],
  ]);
});

test('goes without the owner where its kind can’t be read, and without a Deployment of ours where none runs', async () => {
  const workload = { apiVersion: 'apps.example.org/v1', kind: 'StatefulSet', name: 'web', uid: 'web-uid' };
  const { context, transport } = actWorld({ [paths.releaseDeployment]: undefined }, undefined, { workload });
  expect(await preflight(evict, context)).toHaveProperty('channel');
  expect(transport.requests.map(({ path }) => path)).not.toContain('/apis/apps/v1/namespaces/shop/statefulsets/web');
});

test('throws where it could not look, so that nothing is done in the dark', async () => {
  const { context } = actWorld();
  const transport = scriptedTransport(({ path }) =>
    path === paths.releaseNamespace ? refusal(403) : { ok: true, status: 200, body: quietObjects[paths.namespace] },
  );
  await expect(preflight(evict, { ...context, transport })).rejects.toMatchObject({ code: 'AP_KUBERNETES_REQUEST' });
});
