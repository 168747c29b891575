import { expect, test } from 'vitest';
import { pod, snapshot } from '#test/support/snapshots.ts';
import { makeLogger } from '#runtime/logger.ts';
import type { PolicyStatusWriter } from './execute/policy-status.ts';
import type { PolicySnapshot } from './model/policy.ts';
import type { PodSnapshot } from './model/snapshot.ts';
import { makePolicyReview } from './policy-review.ts';

function policy(name: string, createdAt: number): PolicySnapshot {
  return {
    scope: 'namespace',
    namespace: 'shop',
    name,
    uid: `${name}-uid`,
    generation: 1,
    createdAt,
    selector: { matchLabels: { app: 'web' } },
    mode: 'Act',
    ladders: new Map(),
    windows: [],
    driftAllowed: false,
    localDataDisposable: false,
    recreate: 'Never',
    problems: [],
  };
}

interface World {
  readonly leads?: boolean;
  /** Pods of the one workload that lack the agent. */
  readonly bare?: readonly PodSnapshot[];
  readonly excluded?: readonly string[];
}

/** Reviews once for each given list of policies and returns what was told to the writer. */
async function reviewed(
  lists: readonly (readonly PolicySnapshot[])[],
  { leads = true, bare = [], excluded = [] }: World = {},
): Promise<readonly string[]> {
  const told: string[] = [];
  const stopping = new AbortController();
  let round = -1;
  const writer: PolicyStatusWriter = {
    write: async ({ name }, { workloads, podsWithoutAgent, overriddenBy }) => {
      told.push(
        `${name}: ${workloads} [${overriddenBy.join()}]${podsWithoutAgent > 0 ? ` bare ${podsWithoutAgent}` : ''}`,
      );
      await Promise.resolve();
    },
    forget: (uid) => void told.push(`forget ${uid}`),
  };
  const policies = (): readonly PolicySnapshot[] => lists[round] ?? [];
  await makePolicyReview({
    cluster: {
      allPolicies: policies,
      workloads: () => [{ uid: 'web-uid', namespace: 'shop' }],
      snapshotOf: () => snapshot({ pods: [pod()], policies: policies() }),
      podsWithoutAgent: () => bare,
      workloadUidOfPod: () => 'web-uid',
    },
    excludedNamespaces: new Set(excluded),
    writer,
    leads: () => leads,
    sleep: async () => {
      round += 1;
      if (round === lists.length) stopping.abort();
      await Promise.resolve();
    },
    log: makeLogger('controller', 'silent'),
  }).run(stopping.signal);
  return told;
}

test('tells the older of two equal policies whom it holds for, and the younger which one holds instead', async () => {
  const told = await reviewed([[policy('old', 1), policy('young', 2)]]);
  expect(told).toEqual(['old: 1 []', 'young: 0 [shop/old]']);
});

test('tells the policy that holds, and no other, how many pods lack the agent', async () => {
  const bare = [pod({ uid: 'pod-1' }), pod({ uid: 'pod-2' })];
  const policies = [policy('old', 1), policy('young', 2)];
  expect(await reviewed([policies], { bare })).toEqual(['old: 1 [] bare 2', 'young: 0 [shop/old]']);
});

test('counts no pod of a namespace that the webhook leaves alone', async () => {
  const bare = [pod({ uid: 'pod-1' })];
  expect(await reviewed([[policy('old', 1)]], { bare, excluded: ['shop'] })).toEqual(['old: 1 []']);
});

test('forgets a policy that is gone', async () => {
  const told = await reviewed([[policy('old', 1)], []]);
  expect(told).toEqual(['old: 1 []', 'forget old-uid']);
});

test('writes nothing on a standby', async () => {
  expect(await reviewed([[policy('old', 1)]], { leads: false })).toEqual([]);
});
