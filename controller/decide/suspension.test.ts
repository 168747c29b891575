import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSuspensions, suspensionState, type Suspension } from '#contract/suspension.ts';
import {
  agentContainer,
  agentImage,
  blockedAgent,
  blockedPod,
  suspensionSince,
  troublesOf,
} from '#test/support/blocked-pods.ts';
import { noon, pod } from '#test/support/snapshots.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import { troubleOf } from './agent-trouble.ts';
import { decideSuspensions, type SuspensionDecision } from './suspension.ts';

const minute = 60_000;
const hour = 60 * minute;

function decide(pods: readonly PodSnapshot[], suspensions: readonly Suspension[] = [], now = noon): SuspensionDecision {
  return decideSuspensions({ suspensions, pods, troubles: troublesOf(pods, now), now });
}

function recordAfter(decision: SuspensionDecision, before: readonly Suspension[] = []): readonly Suspension[] {
  return decision === 'keep' ? before : decision.suspensions;
}

describe('fault 41: a pod is blocked by its agent', () => {
  test.each([
    ['ErrImagePull', 'image-pull'],
    ['ImagePullBackOff', 'image-pull'],
    ['InvalidImageName', 'image-pull'],
    ['ErrImageNeverPull', 'image-pull'],
    ['CreateContainerConfigError', 'cannot-start'],
    ['CreateContainerError', 'cannot-start'],
    ['RunContainerError', 'cannot-start'],
    ['CrashLoopBackOff', 'crash-loop'],
  ])('that waits with %s, which is %s', (waitingReason, reason) => {
    const one = blockedPod('web-1', { agent: blockedAgent({ waitingReason }) });
    expect(troubleOf(one, noon)).toMatchObject({ reason, image: agentImage, detail: `${waitingReason}: not found` });
  });

  test('only once that has lasted for 10 s: a registry may be busy for a moment', () => {
    const one = blockedPod('web-1', { agent: blockedAgent({ failingSince: noon }) });
    expect([troubleOf(one, noon + 9_999), troubleOf(one, noon + 10_000)?.reason]).toEqual([undefined, 'image-pull']);
  });

  test('that has not started 5 min after its turn had come, though nothing is said', () => {
    const { failingSince: _none, waitingReason: _reason, ...quiet } = blockedAgent();
    const one = blockedPod('web-1', { agent: { ...quiet, dueSince: noon - 5 * minute } });
    expect([troubleOf(one, noon - 1), troubleOf(one, noon)?.reason]).toEqual([undefined, 'not-started']);
  });

  test.each([
    ['runs', pod({ agent: agentContainer() })],
    ['was not injected', pod()],
    ['ends', blockedPod('web-1', { terminating: true })],
    ['has ended', blockedPod('web-1', { phase: 'Failed' })],
  ])('but not one that %s', (_what, one) => {
    expect(troubleOf(one, noon)).toBeUndefined();
  });
});

describe('fault 42: an agent ends again and again', () => {
  const exits = [noon - 50_000, noon - 30_000, noon - 5_000];

  test('once it has ended three times within 10 min', () => {
    const one = pod({ ready: false, agent: agentContainer({ exits, restartCount: 3 }) });
    expect(troubleOf(one, noon)?.reason).toBe('crash-loop');
  });

  test('not when it ended once, as all do when their node restarts', () => {
    const one = pod({ agent: agentContainer({ exits: [noon - 5_000], restartCount: 1 }) });
    expect(decide([one, { ...one, uid: 'pod-2', namespace: 'depot' }])).toBe('keep');
  });

  test('not any more when it has run since', () => {
    const one = pod({ agent: agentContainer({ exits: exits.map((at) => at - minute), restartCount: 3 }) });
    expect(troubleOf(one, noon)).toBeUndefined();
  });
});

describe('fault 41: injection suspends itself as soon as injected pods block on the agent', () => {
  test('one pod is enough for its own namespace', () => {
    expect(decide([blockedPod('web-1'), pod({ agent: agentContainer() })])).toMatchObject({
      suspended: [{ image: agentImage, namespace: 'shop', reason: 'image-pull', count: 1 }],
      resumed: [],
    });
  });

  test('and a second namespace for all, also when the first one’s pods have been made anew already', () => {
    const both = [blockedPod('web-1'), blockedPod('web-2', { namespace: 'depot' })];
    expect(recordAfter(decide(both))).toEqual([suspensionSince(noon)]);
    const narrow = suspensionSince(noon - minute, { namespace: 'shop' });
    const later = decide([blockedPod('web-2', { namespace: 'depot', createdAt: noon - 20_000 })], [narrow]);
    expect(recordAfter(later)).toEqual([narrow, suspensionSince(noon)]);
  });

  test('but not a namespace whose suspension has been over for hours, though nobody has tried it since', () => {
    const stale = suspensionSince(noon - 3 * hour, { namespace: 'depot' });
    expect(decide([blockedPod('web-1')], [stale])).toMatchObject({ suspended: [{ namespace: 'shop' }] });
  });

  test('a suspension that holds is not written again', () => {
    expect(decide([blockedPod('web-1')], [suspensionSince(noon - minute, { namespace: 'shop' })])).toBe('keep');
    expect(decide([blockedPod('web-1')], [suspensionSince(noon - minute)])).toBe('keep');
  });

  test('a blocked pod of its time does not prolong it, however long it stays', () => {
    const ownerless = blockedPod('web-1', { controller: undefined });
    const before = [suspensionSince(noon, { namespace: 'shop' })];
    for (const later of [11 * minute, 2 * hour, 30 * hour])
      expect(decide([ownerless], before, noon + later)).toBe('keep');
  });

  test('a trial that blocks suspends it again, for twice as long, and 4 h at most', () => {
    let record: readonly Suspension[] = [];
    let now = noon;
    const minutes: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      const trial = blockedPod('web-1', { createdAt: now, agent: blockedAgent({ failingSince: now }) });
      now += 10_000;
      record = recordAfter(decide([trial], record, now), record);
      const [only] = record;
      minutes.push((Date.parse(only?.until ?? '') - now) / minute);
      now = Date.parse(only?.until ?? '');
    }
    expect(minutes).toEqual([10, 20, 40, 80, 160, 240, 240]);
    expect(record).toMatchObject([{ namespace: 'shop', count: 7 }]);
  });

  test('a trial that blocks after a suspension of all suspends all again', () => {
    const before = [suspensionSince(noon - 15 * minute)];
    const trial = blockedPod('web-1', { createdAt: noon - 60_000 });
    const good = pod({ createdAt: noon - 4 * minute, agent: agentContainer({ runningSince: noon - 3 * minute }) });
    expect(decide([trial, good], before)).toMatchObject({ suspended: [{ count: 2 }], resumed: [] });
    expect(recordAfter(decide([trial, good], before))[0]).not.toHaveProperty('namespace');
  });

  test('a trial that runs for a minute ends it, and the count is remembered for 4 h', () => {
    const before = [suspensionSince(noon - 15 * minute)];
    const young = pod({ createdAt: noon - 90_000, agent: agentContainer({ runningSince: noon - 59_000 }) });
    expect(decide([young], before)).toBe('keep');
    const decision = decide([young], before, noon + 1_000);
    expect(decision).toMatchObject({ suspended: [], resumed: [{ count: 1 }] });
    const after = recordAfter(decision);
    expect(after.map((one) => suspensionState(one, noon + 1_000))).toEqual(['over']);
    const again = blockedPod('web-2', { createdAt: noon + hour, agent: blockedAgent({ failingSince: noon + hour }) });
    expect(decide([again], after, noon + hour + minute)).toMatchObject({
      suspended: [{ namespace: 'shop', count: 1 }],
    });
    expect(recordAfter(decide([], after, noon + 4 * hour + 1_000), after)).toEqual([]);
  });

  test('a pod from before the suspension is no trial', () => {
    expect(decide([pod({ agent: agentContainer() })], [suspensionSince(noon - 15 * minute)])).toBe('keep');
  });

  test('another image begins afresh', () => {
    const next = blockedPod('web-1', { agent: blockedAgent({ image: 'registry/agent:2' }) });
    const before = [suspensionSince(noon - minute, { count: 4 })];
    expect(decide([next], before)).toMatchObject({ suspended: [{ image: 'registry/agent:2', count: 1 }] });
  });

  test('what nobody tries any more is forgotten after a day', () => {
    const before = [suspensionSince(noon)];
    expect(decide([], before, noon + 24 * hour)).toBe('keep');
    expect(decide([], before, noon + 24 * hour + 10 * minute)).toMatchObject({ suspensions: [], suspended: [] });
  });

  test('whatever is there, deciding twice changes nothing more, and the record can be read again', () => {
    const namespace = fc.constantFrom('shop', 'depot', 'lab');
    const createdAt = fc.integer({ min: -40, max: 0 }).map((minutes) => noon + minutes * minute);
    const pods = fc.array(
      fc.record({ namespace, createdAt, blocked: fc.boolean(), image: fc.constantFrom('a:1', 'a:2') }),
      { maxLength: 12 },
    );
    const record = fc.uniqueArray(
      fc.record({ since: fc.integer({ min: -60, max: 0 }), namespace: fc.option(namespace), over: fc.boolean() }),
      { selector: ({ namespace: scope }) => scope },
    );
    fc.assert(
      fc.property(pods, record, (somePods, someRecords) => {
        const all = somePods.map((one, index) => {
          const agent = one.blocked ? blockedAgent({ image: one.image }) : agentContainer({ image: one.image });
          return blockedPod(`p${index}`, { namespace: one.namespace, createdAt: one.createdAt, agent });
        });
        const before = someRecords.map(({ since, namespace: scope, over }) =>
          suspensionSince(noon + since * minute, {
            image: 'a:1',
            ...(scope === null ? {} : { namespace: scope }),
            ...(over ? { resumedAt: new Date(noon).toISOString() } : {}),
          }),
        );
        const after = recordAfter(decide(all, before), before);
        expect(decide(all, after)).toBe('keep');
        expect(readSuspensions(JSON.stringify(after))).toEqual(after);
      }),
    );
  });
});
