import { expect, test } from 'vitest';
import { agent, failingPod, finding, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { Finding } from '../model/finding.ts';
import type { AgentSnapshot } from '../model/snapshot.ts';
import { clearCache } from './clear-cache.ts';

const waiting = finding({ pod: failingPod({ cache: true }) });
const running = finding({ pod: pod({ cache: true }) });
const clearsOnly = agent({ powers: ['clear-cache'] });

function plan(found: Finding, said: AgentSnapshot, evict = true) {
  return clearCache.plan(found, snapshot({ agents: new Map([['pod-1', said]]) }), { evict }, noon);
}

const plans: readonly [what: string, found: Finding, said: AgentSnapshot, evict: boolean, kinds: readonly string[]][] =
  [
    ['evicts a pod that waits in backoff', waiting, agent(), true, ['clear-cache', 'evict-pod']],
    ['leaves a pod in backoff where it must not evict', waiting, agent(), false, ['clear-cache']],
    ['restarts a running container in place', running, agent(), true, ['clear-cache', 'restart-container']],
    ['evicts where its container can’t be restarted', running, clearsOnly, true, ['clear-cache', 'evict-pod']],
    ['only clears where neither may be', running, clearsOnly, false, ['clear-cache']],
  ];

test.each(plans)('clears the cache first and then %s', (_what, found, said, evict, kinds) => {
  const planned = plan(found, said, evict);
  expect('act' in planned ? planned.act.map(({ kind }) => kind) : planned).toEqual(kinds);
});

test('leaves the app its own grace', () => {
  expect(plan(running, agent())).toMatchObject({ act: [{}, { container: 'app', graceSeconds: 30 }] });
});

const refusals: readonly [what: string, found: Finding, said: AgentSnapshot, skip: string][] = [
  ['the pod names no cache', finding(), agent(), 'not-applicable'],
  ['no pod can be named', { ...waiting, pod: undefined }, agent(), 'not-applicable'],
  [
    'the pod is being deleted',
    finding({ pod: failingPod({ cache: true, terminating: true }) }),
    agent(),
    'terminating',
  ],
  ['the agent has not the power', waiting, agent({ powers: [] }), 'agent-unavailable'],
  ['the agent has been silent for long', waiting, agent({ receivedAt: noon - 15_001 }), 'agent-unavailable'],
];

test.each(refusals)('skips when %s', (_what, found, said, skip) => {
  expect(plan(found, said)).toMatchObject({ skip });
});
