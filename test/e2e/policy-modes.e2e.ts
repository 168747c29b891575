import { expect } from 'vitest';
import { approvedAnnotation } from '#contract/annotations.ts';
import { annotate, pathTo } from './support/annotate.ts';
import { heldIncident, resolvedIncident, waitForIncident } from './support/incidents.ts';
import { injectFault, livePods, uidsOf } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { receivedMessages } from './support/sink.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

test('a policy that only observes says what would be done and what the API server thinks of it', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, { ...quick, mode: 'Observe' });
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'observe-mode', 'Would evict pod');
  expect(status?.policy).toBe(`${name}/policy`);
  expect(status?.message).toContain('The API server would allow');
  expect(status?.actions ?? []).toEqual([]);
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);
});

test('a policy that asks first waits for a person, tells how to approve, and acts on the approval', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, { ...quick, mode: 'Approve' });
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const asking = await waitForIncident(cluster, name, 'a question', 60, ({ status }) => {
    return status?.phase === 'AwaitingApproval';
  });
  const id = asking.status?.proposal?.id ?? '';
  expect(id).not.toBe('');
  const command = `kubectl -n ${name} annotate --overwrite incidents.infra-autopilot.io ${asking.metadata.name} ${approvedAnnotation}=${id}`;
  expect(asking.status?.message).toContain(command);
  expect(asking.status?.actions ?? []).toEqual([]);
  await waitUntil('the question at the receiver', 30, async () => {
    const bodies = (await receivedMessages(cluster)).map(({ body }) => body).filter((body) => body.includes(name));
    return bodies.some((body) => body.includes(`${approvedAnnotation}=${id}`)) ? true : notYet(bodies.join('\n'));
  });
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);

  await annotate(cluster, pathTo.incident(asking), { [approvedAnnotation]: id });
  const { status } = await resolvedIncident(cluster, name);
  expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], target: { uid: pod.metadata?.uid }, result: 'done' }]);
});

test('an approval of something else approves nothing', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, { ...quick, mode: 'Approve' });
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const asking = await waitForIncident(cluster, name, 'a question', 60, ({ status }) => {
    return status?.phase === 'AwaitingApproval';
  });
  await annotate(cluster, pathTo.incident(asking), { [approvedAnnotation]: 'restart-pod-elsewhere' });
  const restarts = asking.status?.evidence?.restartCount ?? 0;
  await waitForIncident(cluster, name, 'the same question', 60, ({ status }) => status?.phase === 'AwaitingApproval');
  // Each further exit is judged anew.
  await waitUntil('another exit', 60, async () => {
    const [now] = await livePods(cluster, name);
    const count = now?.status?.containerStatuses?.[0]?.restartCount ?? 0;
    return count > restarts + 1 ? true : notYet(`${count} restarts`);
  });
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);
});
