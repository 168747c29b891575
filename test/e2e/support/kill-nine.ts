import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { expect } from 'vitest';
import type { FaultKind } from '#infra/demo/faulty-app/faults.ts';
import { auditOf, evictionsIn, releaseUsers } from './audit.ts';
import type { Cluster } from './cluster.ts';
import { listIncidents } from './incidents.ts';
import { leader, signalContainer } from './leader.ts';
import { injectFault, nameOf } from './pods.ts';
import { createPolicy, quick } from './policies.ts';
import { releasePods } from './release.ts';
import { startApp } from './start-app.ts';
import { notYet, waitUntil } from './wait-until.ts';

/** Both are detected, decided and acted upon within this time, and verified soon after. */
const episodeMilliseconds = 8_000;

const workloads = ['one', 'two'] as const;

/** When within an episode which processes are killed. */
export interface KillPoint {
  readonly afterMilliseconds: number;
  /** The leader alone, so that its container or the standby goes on; or all controllers at once. */
  readonly whom: 'leader' | 'all';
  readonly faults: readonly [FaultKind, FaultKind];
}

/** Points that a seed gives again: spread over the episode, so that each part of it is hit. */
export function killPoints(count: number, random: () => number): readonly KillPoint[] {
  const part = episodeMilliseconds / count;
  const fault = (): FaultKind => (random() < 0.5 ? 'corrupt-state' : 'appetite');
  return Array.from({ length: count }, (_point, index) => ({
    afterMilliseconds: Math.round((index + random()) * part),
    whom: random() < 0.3 ? 'all' : 'leader',
    faults: [fault(), fault()],
  }));
}

/** Numbers in [0, 1) that a seed gives again. @see https://en.wikipedia.org/wiki/Linear_congruential_generator */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Breaks two workloads for each point, one point after the other, and kills controllers in the midst of their episodes;
 * those of earlier points go on meanwhile and are hit as well. Judged by the API server's audit log: each workload lost exactly
 * the one pod that was broken, by exactly one eviction, and has exactly one incident.
 */
export async function healThroughKills(
  cluster: Cluster,
  namespace: () => Promise<string>,
  points: readonly KillPoint[],
): Promise<void> {
  const stages = await Promise.all(points.map((point) => prepare(cluster, namespace, point)));
  for (const { point, broken } of stages) {
    await Promise.all(broken.map((pod, index) => injectFault(cluster, pod, point.faults[index] ?? 'corrupt-state')));
    // The moment is what is under test: there is no condition to wait for.
    await delay(point.afterMilliseconds);
    for (const pod of await victims(cluster, point)) await signalContainer(cluster, pod, 'SIGKILL');
  }
  for (const stage of stages) {
    await allResolved(cluster, stage);
    await expectOnce(cluster, stage);
  }
}

interface Stage {
  readonly name: string;
  readonly point: KillPoint;
  readonly broken: readonly V1Pod[];
}

async function prepare(cluster: Cluster, namespace: () => Promise<string>, point: KillPoint): Promise<Stage> {
  const name = await namespace();
  await createPolicy(cluster, name, { mode: 'Act', ...quick });
  return { name, point, broken: await Promise.all(workloads.map((app) => startApp(cluster, name, { name: app }))) };
}

async function victims(cluster: Cluster, { whom }: KillPoint): Promise<readonly V1Pod[]> {
  return whom === 'all' ? await releasePods(cluster, 'controller') : [(await leader(cluster)).pod];
}

async function allResolved(cluster: Cluster, { name: namespace, point }: Stage): Promise<void> {
  await waitUntil(`two resolved incidents after ${JSON.stringify(point)}`, 150, async () => {
    const incidents = await listIncidents(cluster, namespace);
    const resolved = incidents.filter(({ status }) => status?.phase === 'Resolved');
    const done = resolved.length >= workloads.length && resolved.length === incidents.length;
    return done ? true : notYet(JSON.stringify(incidents.map(({ spec, status }) => ({ spec, status }))));
  });
}

async function expectOnce(cluster: Cluster, { name: namespace, point, broken }: Stage): Promise<void> {
  const evictions = await evictionsIn(cluster.settings, namespace);
  const answered = (await auditOf(cluster.settings, namespace)).filter(({ resource }) => resource === 'pods/eviction');
  const after = JSON.stringify({ point, answered });
  expect(evictions.map(({ name }) => name).toSorted(), after).toEqual(broken.map(nameOf).toSorted());
  for (const { user } of evictions) expect(user).toContain(releaseUsers);

  const incidents = await listIncidents(cluster, namespace);
  expect(incidents.map(({ spec }) => spec.workload.name).toSorted(), after).toEqual([...workloads]);
  for (const { status } of incidents) {
    expect(status?.attempts, after).toBe(1);
    expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], result: 'done', helped: true }]);
  }
  const created = (await auditOf(cluster.settings, namespace)).filter(
    ({ verb, resource, code }) => verb === 'create' && resource === 'incidents' && code === 201,
  );
  expect(created).toHaveLength(workloads.length);
}
