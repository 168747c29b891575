import { expect, test } from 'vitest';
import { agent, failingPod, finding, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { Finding } from '../model/finding.ts';
import type { AgentSnapshot } from '../model/snapshot.ts';
import { restartContainer } from './restart-container.ts';

const hung = finding({ failureClass: 'AppHung', pod: pod(), container: 'app' });

function plan(found: Finding, said: AgentSnapshot | undefined = agent(), settings = { graceSeconds: 0 }) {
  const agents = new Map(said ? [['pod-1', said]] : []);
  return restartContainer.plan(found, snapshot({ agents }), settings, noon);
}

test('plans to restart the failing container with the pod’s own grace', () => {
  expect(plan(hung)).toMatchObject({
    act: [{ kind: 'restart-container', podName: 'web-abc-1', podUid: 'pod-1', container: 'app', graceSeconds: 30 }],
  });
});

const graces: readonly [what: string, failureClass: Finding['failureClass'], asked: number, given: number][] = [
  ['gives a hung app less where the policy says so', 'AppHung', 5, 5],
  ['never gives a hung app more than its own', 'AppHung', 300, 30],
  ['leaves its grace to an app that is not hung', 'MemoryExhaustionPredicted', 5, 30],
];

test.each(graces)('%s', (_what, failureClass, graceSeconds, given) => {
  expect(plan({ ...hung, failureClass }, agent(), { graceSeconds })).toMatchObject({ act: [{ graceSeconds: given }] });
});

test('has all containers of the pod restarted where its agent can do that and nothing less', () => {
  expect(plan(hung, agent({ powers: ['restart-all'] }))).toEqual({
    act: [
      {
        kind: 'restart-container',
        namespace: 'shop',
        podName: 'web-abc-1',
        podUid: 'pod-1',
        container: 'app',
        all: true,
        graceSeconds: 0,
      },
    ],
    message: 'restart all containers of pod web-abc-1 in place',
  });
  const both = plan(hung, agent({ powers: ['restart-all', 'restart-container'] }));
  expect(both).toMatchObject({ act: [{ graceSeconds: 30 }] });
  expect(JSON.stringify(both)).not.toContain('"all"');
});

const refusals: readonly [what: string, found: Finding, said: AgentSnapshot | undefined, skip: string][] = [
  ['no container is at fault', finding({ pod: pod(), container: 'other' }), agent(), 'not-applicable'],
  ['no pod can be named', { ...hung, pod: undefined }, agent(), 'not-applicable'],
  ['the container waits in backoff', finding({ pod: failingPod() }), agent(), 'not-applicable'],
  ['the pod is being deleted', finding({ pod: pod({ terminating: true }) }), agent(), 'terminating'],
  ['the agent has not the power', hung, agent({ powers: ['clear-cache'] }), 'agent-unavailable'],
  ['the agent has been silent for long', hung, agent({ receivedAt: noon - 15_001 }), 'agent-unavailable'],
];

test.each(refusals)('skips when %s', (_what, found, said, skip) => {
  expect(plan(found, said)).toMatchObject({ skip });
});

test('skips when no agent reports', () => {
  expect(restartContainer.plan(hung, snapshot(), {}, noon)).toMatchObject({ skip: 'agent-unavailable' });
});
