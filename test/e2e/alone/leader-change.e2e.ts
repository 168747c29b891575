import { expect, onTestFinished } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import type { Incident } from '#contract/incident.ts';
import { auditOf, evictionsIn, onlyEmbedded } from '../support/audit.ts';
import type { Cluster } from '../support/cluster.ts';
import { holdEvictions } from '../support/held-eviction.ts';
import { listIncidents, resolvedIncident, waitForIncident } from '../support/incidents.ts';
import { controllerName, leader, renewControllers, signalContainer, type Leader } from '../support/leader.ts';
import { injectFault, nameOf } from '../support/pods.ts';
import { createPolicy, quick } from '../support/policies.ts';
import { releasePods } from '../support/release.ts';
import { rollControllersThatMayStop } from '../support/roll-release.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const { provider } = readEndToEndSettings();
const renewMilliseconds = 180_000;

test('what a leader intended and did not do before it was killed is done once by the next reign', async ({
  cluster,
  namespace,
  skip,
}) => {
  skip(provider !== 'embedded', onlyEmbedded);
  const { name, broken, intent, first, letThrough } = await openIntent(cluster, await namespace('enabled'));

  await signalContainer(cluster, first.pod, 'SIGKILL');
  const next = await leader(cluster, first.epoch + 1);
  await letThrough();
  const { status } = await resolvedIncident(cluster, name);

  await expectDoneOnce(cluster, name, broken);
  expect(status?.actions).toMatchObject([{ intendedAt: intent?.intendedAt, epoch: next.epoch, result: 'done' }]);
});

test('a leader that was stopped for longer than its lease does nothing when it wakes: the standby has taken over', async ({
  cluster,
  namespace,
  skip,
}) => {
  skip(provider !== 'embedded', onlyEmbedded);
  onTestFinished(await rollControllersThatMayStop(cluster), renewMilliseconds);
  const { name, broken, intent, first, letThrough } = await openIntent(cluster, await namespace('enabled'));

  await signalContainer(cluster, first.pod, 'SIGSTOP');
  await letThrough();
  const next = await leader(cluster, first.epoch + 1, nameOf(first.pod));
  const { status } = await waitForIncident(cluster, name, 'acted upon by the standby', 30, (incident) => {
    return incident.status?.actions?.[0]?.result === 'done';
  });
  await onlyBehindService(cluster, nameOf(next.pod));
  const wokenAt = Date.now();
  await signalContainer(cluster, first.pod, 'SIGCONT');

  await endedItself(cluster, first);
  await resolvedIncident(cluster, name);
  // Long enough for a second act by whoever still believes to lead.
  await delay(3_000);
  await expectDoneOnce(cluster, name, broken);
  expect(status?.actions).toMatchObject([{ intendedAt: intent?.intendedAt, epoch: next.epoch }]);
  const tried = (await auditOf(cluster.settings, name)).filter(({ resource }) => resource === 'pods/eviction');
  expect(tried.filter(({ receivedAt }) => receivedAt > wokenAt)).toEqual([]);
  await onlyBehindService(cluster, nameOf(next.pod));
  expect((await leader(cluster)).epoch).toBe(next.epoch);
});

interface Open {
  readonly name: string;
  /** Name of the pod that is to be evicted. */
  readonly broken: string;
  readonly intent: NonNullable<NonNullable<Incident['status']>['actions']>[number] | undefined;
  readonly first: Leader;
  readonly letThrough: () => Promise<void>;
}

/** Breaks an app where no eviction gets through, and returns once the leader has written what it intends. */
async function openIntent(cluster: Cluster, name: string): Promise<Open> {
  onTestFinished(() => renewControllers(cluster), renewMilliseconds);
  await createPolicy(cluster, name, { mode: 'Act', ...quick });
  const pod = await startApp(cluster, name);
  const letThrough = await holdEvictions(cluster, name);
  onTestFinished(letThrough);
  const first = await leader(cluster);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await waitForIncident(cluster, name, 'Acting', 60, (incident) => {
    return incident.status?.phase === 'Acting';
  });
  const [intent] = status?.actions ?? [];
  expect(intent).toMatchObject({ epoch: first.epoch, target: { uid: pod.metadata?.uid } });
  expect(intent?.result).toBeUndefined();
  return { name, broken: nameOf(pod), intent, first, letThrough };
}

async function expectDoneOnce(cluster: Cluster, name: string, broken: string): Promise<void> {
  const evictions = await evictionsIn(cluster.settings, name);
  expect(evictions.map((eviction) => eviction.name)).toEqual([broken]);
  const incidents = await listIncidents(cluster, name);
  expect(incidents.map(({ status }) => [status?.phase, status?.attempts])).toEqual([['Resolved', 1]]);
}

/** Waits until agents' reports go to one pod and to no other. */
async function onlyBehindService({ kube, settings }: Cluster, pod: string): Promise<void> {
  interface Slices {
    readonly items: readonly {
      readonly endpoints?: readonly { readonly targetRef?: { readonly name?: string } }[] | null;
    }[];
  }
  const path = `/apis/discovery.k8s.io/v1/namespaces/${settings.releaseNamespace}/endpointslices`;
  await waitUntil(`reports to ${pod} alone`, 30, async () => {
    const query = { labelSelector: `kubernetes.io/service-name=${controllerName}` };
    const answer = await kube.request<Slices>({ method: 'GET', path, query });
    if (!answer.ok) return notYet(answer.message);
    const names = answer.body.items.flatMap(({ endpoints }) => endpoints ?? []).map(({ targetRef }) => targetRef?.name);
    return names.length === 1 && names[0] === pod ? true : notYet(names.join(', '));
  });
}

/** Waits until the process of a former leader has ended with a failure and has said why. */
async function endedItself(cluster: Cluster, { pod }: Leader): Promise<void> {
  const before = pod.status?.containerStatuses?.[0]?.restartCount ?? 0;
  await waitUntil('the end of the former leader', 60, async () => {
    const now = (await releasePods(cluster, 'controller')).find((one) => nameOf(one) === nameOf(pod));
    const { restartCount = 0, lastState } = now?.status?.containerStatuses?.[0] ?? {};
    const exitCode = lastState?.terminated?.exitCode;
    return restartCount > before && exitCode === 1 ? true : notYet(`restarts ${restartCount}, exit code ${exitCode}`);
  });
  const { namespace = '' } = pod.metadata ?? {};
  const log = await cluster.core.readNamespacedPodLog({ name: nameOf(pod), namespace, previous: true });
  expect(log).toMatch(/"reason":"(deadline-passed|superseded)".*"leadership lost"/);
}
