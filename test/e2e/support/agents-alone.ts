import type { V1Pod } from '@kubernetes/client-node';
import { expect, onTestFinished } from 'vitest';
import { hangSecondsAnnotation, reflexAnnotation, shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentLog, agentSamples, agentSawSuccess } from './agent.ts';
import type { Cluster } from './cluster.ts';
import { freezeApiServer } from './frozen-api-server.ts';
import { listIncidents, waitForIncident } from './incidents.ts';
import { appStatus, injectFault, nameOf, restartedAtLeast } from './pods.ts';
import { scaleMilliseconds, scaleRelease } from './release.ts';
import { scrape } from './scrape.ts';
import { startApp } from './start-app.ts';
import { notYet, waitUntil } from './wait-until.ts';

const annotations = { [shareProcessNamespaceAnnotation]: 'true', [hangSecondsAnnotation]: '2' };

/** The kubelet would give up only after twenty minutes. */
const livenessProbe = { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 1_200 };

/**
 * No controller runs and the API server is frozen; two apps hang. The one that wants the reflex is healed meanwhile, the
 * other is left alone. Afterwards each finding arrives, none before an earlier one, and what is still broken is healed.
 */
export async function leaveAgentsAlone(cluster: Cluster, namespace: string, outageSeconds: number): Promise<void> {
  const wanted = { annotations: { ...annotations, [reflexAnnotation]: 'restart' }, container: { livenessProbe } };
  const pod = await startApp(cluster, namespace, wanted);
  const other = await startApp(cluster, namespace, { name: 'other', annotations, container: { livenessProbe } });
  await agentSawSuccess(cluster, pod);
  await agentSawSuccess(cluster, other);

  const replicas = await scaleRelease(cluster, 'controller', 0);
  onTestFinished(async () => void (await scaleRelease(cluster, 'controller', replicas)), scaleMilliseconds);
  await injectFault(cluster, pod, 'hang');
  await injectFault(cluster, other, 'hang');
  await freezeApiServer(outageSeconds);
  const backAt = Date.now();

  const restarted = await restartedAtLeast(cluster, pod, 1).catch(async (cause: unknown) => {
    throw new Error(`the agent says:\n${await agentLog(cluster, pod)}`, { cause });
  });
  const startedAt = new Date(appStatus(restarted)?.state?.running?.startedAt ?? backAt).getTime();
  expect(startedAt, 'start of the container that the reflex restarted').toBeLessThan(backAt);
  const left = await cluster.core.readNamespacedPod({ name: nameOf(other), namespace });
  expect(appStatus(left)?.restartCount, 'restarts of the app that wants no reflex').toBe(0);

  await scaleRelease(cluster, 'controller', replicas);
  await findingsArrived(cluster, [pod, other]);
  await expectStory(cluster, namespace, pod);
  const { spec, status } = await waitForIncident(cluster, namespace, 'the other app healed', 150, (incident) => {
    return incident.spec.workload.name === 'other' && incident.status?.phase === 'Resolved';
  });
  expect([spec.failureClass, status?.attempts]).toEqual(['AppHung', 1]);
  const classes = (await listIncidents(cluster, namespace)).map((incident) => incident.spec.failureClass);
  expect(classes, 'what the agent ended itself is no finding').not.toContain('ProcessVanished');
}

/** Nothing waits any more and nothing was lost; the controller calls a report stale that comes after a later one. */
async function findingsArrived(cluster: Cluster, pods: readonly V1Pod[]): Promise<void> {
  await waitUntil('arrival of all that the agents found', 90, async () => {
    const samples = await Promise.all(pods.map((pod) => agentSamples(cluster, pod)));
    const of = (sample: string): readonly number[] => samples.map((one) => one.get(sample) ?? Number.NaN);
    expect(of('autopilot_agent_reports_total{result="dropped"}')).toEqual(pods.map(() => 0));
    expect(of('autopilot_agent_reports_total{result="refused"}')).toEqual(pods.map(() => 0));
    const waiting = of('autopilot_agent_reports_waiting');
    return waiting.every((count) => count === 0) ? true : notYet(`${waiting.join(' and ')} reports wait`);
  });
  const controller = await scrape(cluster, 'controller');
  expect(controller.get('autopilot_reports_total{result="accepted"}')).toBeGreaterThan(0);
  expect(controller.get('autopilot_reports_total{result="stale"}')).toBe(0);
}

/** Told once, as an Event of the pod. */
async function expectStory(cluster: Cluster, namespace: string, pod: V1Pod): Promise<void> {
  const told = await waitUntil('the agent’s own story', 90, async () => {
    const { items } = await cluster.core.listNamespacedEvent({ namespace });
    return items.find(({ reason }) => reason === 'LocalReflex') ?? notYet(`${items.length} other events`);
  });
  expect(told.involvedObject.name).toBe(nameOf(pod));
  expect(told.message).toContain('restarted container app');
}
