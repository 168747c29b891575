import { expect, test } from 'vitest';
import { maximumMessageCharacters } from '#contract/incident.ts';
import type { PolicyStatus } from '#contract/policy-status.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import { makeLogger } from '#runtime/logger.ts';
import { refusal, scriptedTransport } from '#test/support/scripted-transport.ts';
import { noon } from '#test/support/snapshots.ts';
import type { PolicySnapshot } from '../model/policy.ts';
import { policyConditions, type PolicyFacts } from './policy-conditions.ts';
import { makePolicyStatusWriter } from './policy-status.ts';

const fine: KubeAnswer<unknown> = { ok: true, status: 200, body: {} };
const { signal } = new AbortController();
const problem = { reason: 'UnknownHandler', message: 'ladders[0].steps[0].handler "reboot" is none of restart-pod.' };

function policy(more: Partial<PolicySnapshot> = {}): PolicySnapshot {
  return {
    scope: 'namespace',
    namespace: 'shop',
    name: 'ours',
    uid: 'policy-1',
    generation: 3,
    createdAt: noon,
    selector: {},
    mode: 'Act',
    ladders: new Map(),
    windows: [],
    driftAllowed: false,
    localDataDisposable: false,
    recreate: 'Never',
    problems: [],
    ...more,
  };
}

const facts: PolicyFacts = { workloads: 2, podsWithoutAgent: 0, overriddenBy: [] };

function setUp(answer: () => KubeAnswer<unknown> = () => fine) {
  const transport = scriptedTransport(answer);
  const results: string[] = [];
  let now = noon;
  const writer = makePolicyStatusWriter({
    transport,
    clock: { now: () => now, sleep: () => Promise.resolve() },
    log: makeLogger('test', 'silent'),
    onResult: (result) => results.push(result),
  });
  const write = (more: Partial<PolicyFacts> = {}, of = policy()): Promise<void> =>
    writer.write(of, { ...facts, ...more }, signal);
  const statuses = () => transport.requests.map(({ body }) => (body as { readonly status: PolicyStatus }).status);
  return { transport, results, writer, write, statuses, wait: (seconds: number) => (now += seconds * 1000) };
}

const verdicts: readonly [
  what: string,
  of: PolicySnapshot,
  workloads: number,
  overriddenBy: readonly string[],
  is: object[],
][] = [
  [
    'holds for workloads',
    policy(),
    1,
    [],
    [
      { type: 'Accepted', status: 'True', reason: 'Accepted' },
      { type: 'Effective', status: 'True', reason: 'Effective', message: 'The policy holds for 1 workload.' },
    ],
  ],
  ['has a problem', policy({ problems: [problem] }), 1, [], [{ status: 'False', ...problem }, { status: 'True' }]],
  [
    'is overridden for some',
    policy(),
    2,
    ['shop/theirs'],
    [{}, { status: 'True', message: 'The policy holds for 2 workloads. Others are decided by shop/theirs.' }],
  ],
  [
    'is overridden for all',
    policy(),
    0,
    ['b', 'a'],
    [{}, { status: 'False', reason: 'Overridden', message: expect.stringContaining('decided by a, b, which') }],
  ],
  ['selects nothing', policy(), 0, [], [{}, { status: 'False', reason: 'SelectsNothing' }]],
];

test.each(verdicts)('says of a policy that it %s', (_what, of, workloads, overriddenBy, is) => {
  expect(policyConditions(of, { ...facts, workloads, overriddenBy })).toMatchObject(is);
});

test('says no more than a condition may hold', () => {
  const long = { reason: 'UnknownHandler', message: 'x'.repeat(300) };
  const names = Array.from({ length: 100 }, (_none, index) => `${'n'.repeat(300)}${index}`);
  const said = policyConditions(policy({ problems: Array.from({ length: 16 }, () => long) }), {
    ...facts,
    workloads: 0,
    overriddenBy: names,
  });
  for (const { message } of said) expect(message.length).toBeLessThanOrEqual(maximumMessageCharacters);
});

test('patches the status of the policy with both conditions', async () => {
  const { transport, write } = setUp();
  await write();
  expect(transport.requests).toMatchObject([
    {
      method: 'PATCH',
      path: '/apis/infra-autopilot.io/v1alpha1/namespaces/shop/remediationpolicies/ours/status',
      contentType: 'application/merge-patch+json',
      body: {
        status: {
          observedGeneration: 3,
          workloads: 2,
          podsWithoutAgent: 0,
          conditions: [
            { type: 'Accepted', observedGeneration: 3, lastTransitionTime: '2026-01-01T12:00:00Z' },
            { type: 'Effective' },
          ],
        },
      },
    },
  ]);
});

test('patches a cluster’s policy outside of any namespace', async () => {
  const { transport, write } = setUp();
  await write(undefined, policy({ scope: 'cluster', namespace: '', name: 'all' }));
  expect(transport.requests[0]?.path).toBe('/apis/infra-autopilot.io/v1alpha1/clusterremediationpolicies/all/status');
});

test('writes nothing that it has written before', async () => {
  const { results, write, wait } = setUp();
  await write();
  wait(60);
  await write();
  await write({ workloads: 3 });
  await write({ workloads: 3 }, policy({ generation: 4 }));
  expect(results).toEqual(['written', 'unchanged', 'written', 'written']);
});

test('writes how many pods lack the agent as that changes, and leaves the conditions as they are', async () => {
  const { write, statuses, wait } = setUp();
  await write();
  wait(60);
  await write({ podsWithoutAgent: 3 });
  const [before, after] = statuses();
  expect(after).toEqual({ ...before, podsWithoutAgent: 3 });
});

test('keeps the time of a condition until its status changes', async () => {
  const { write, statuses, wait } = setUp();
  await write();
  wait(60);
  await write({ workloads: 0 }, policy({ generation: 4 }));
  expect(statuses()[1]?.conditions?.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([
    '2026-01-01T12:00:00Z',
    '2026-01-01T12:01:00Z',
  ]);
});

test('tries again what the API refused, and never rejects', async () => {
  const answers = [refusal(500), fine];
  const { results, write } = setUp(() => answers.shift() ?? fine);
  await write();
  await write();
  expect(results).toEqual(['failed', 'written']);
});

test('never rejects when there is no answer', async () => {
  const { results, write } = setUp(() => {
    throw new Error('no answer');
  });
  await write();
  expect(results).toEqual(['failed']);
});

test('remembers nothing of a policy that is gone', async () => {
  const { results, writer, write } = setUp();
  await write();
  writer.forget('policy-1');
  await write();
  expect(results).toEqual(['written', 'written']);
});
