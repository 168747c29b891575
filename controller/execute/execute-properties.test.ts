import fc from 'fast-check';
import { expect, test } from 'vitest';
import { autopilotLabel, pausedAnnotation } from '#contract/annotations.ts';
import { actWorld, changes, paths, quietObjects, type Objects } from '#test/support/acts.ts';
import type { Action } from '../model/action.ts';
import type { Actions } from '../model/decision.ts';
import type { AgentCommands } from '../model/agent-commands.ts';
import { execute, rehearse } from './execute.ts';

const pod = { namespace: 'shop', podName: 'web-1', podUid: 'pod-1' };
const workload = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
const everyAction: readonly Action[] = [
  { kind: 'evict-pod', ...pod },
  { kind: 'restart-container', ...pod, container: 'app', graceSeconds: 1 },
  { kind: 'clear-cache', ...pod },
  { kind: 'restart-rollout', namespace: 'shop', workload, generation: 4 },
  { kind: 'scale-replicas', namespace: 'shop', target: workload, from: 3, to: 4, until: 1 },
  { kind: 'scale-replicas', namespace: 'shop', target: workload, from: 3, to: 2 },
];
const actionLists = fc
  .array(fc.constantFrom(...everyAction), { minLength: 1, maxLength: 4 })
  .map((actions) => actions as unknown as Actions);

/** One thing that speaks against any act on any of the objects. */
const holds = fc.oneof(
  fc
    .constantFrom(paths.namespace, paths.owner, paths.releaseNamespace, paths.releaseDeployment)
    .map((path): Objects => {
      const object: { readonly metadata: object } = quietObjects[path];
      return { [path]: { ...object, metadata: { ...object.metadata, annotations: { [pausedAnnotation]: 'true' } } } };
    }),
  fc
    .constantFrom('observe', 'disabled', 'Enabled', '')
    .map((mode): Objects => ({ [paths.namespace]: { metadata: { labels: { [autopilotLabel]: mode } } } })),
  fc.constant<Objects>({ [paths.owner]: { metadata: { uid: 'another' } } }),
);

function counted(): AgentCommands & { calls(): number } {
  let calls = 0;
  return {
    calls: () => calls,
    send: () => Promise.resolve({ result: 'done', message: `${(calls += 1)}` }),
  };
}

test('changes nothing, by no kind of action, while anything holds it', async () => {
  await fc.assert(
    fc.asyncProperty(actionLists, holds, async (actions, objects) => {
      const agents = counted();
      const world = actWorld(objects, undefined, { agents });
      expect(await execute(actions, world.context)).toMatchObject({ result: 'refused' });
      expect([world.writes(), agents.calls()]).toEqual([[], 0]);
    }),
  );
});

test('asks for leadership right before each change, and changes nothing after it is lost', async () => {
  await fc.assert(
    fc.asyncProperty(actionLists, fc.integer({ min: 0, max: 4 }), async (actions, terms) => {
      const agents = counted();
      let asked = 0;
      const world = actWorld({}, undefined, { agents, leading: () => (asked += 1) <= terms });
      await execute(actions, world.context);
      const sent = world.writes().length + agents.calls();
      expect(sent).toBe(Math.min(asked, terms));
      // Each change has a round of reads of its own before it.
      const reads = world.transport.requests.filter(({ path }) => path === paths.namespace).length;
      expect(reads).toBeGreaterThanOrEqual(asked);
    }),
  );
});

test('a rehearsal changes nothing, whatever is rehearsed', async () => {
  await fc.assert(
    fc.asyncProperty(actionLists, async (actions) => {
      const agents = counted();
      const world = actWorld({}, undefined, { agents });
      await rehearse(actions, world.context);
      expect([world.transport.requests.filter(changes), agents.calls()]).toEqual([[], 0]);
    }),
  );
});
