import { describe, expect, test } from 'vitest';
import { agentContainer, blockedAgent, blockedPod, suspensionSince, troublesOf } from '#test/support/blocked-pods.ts';
import { noon } from '#test/support/snapshots.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import { decideRecreations, recreationHold, type RecreationInput } from './recreation.ts';

const held = [suspensionSince(noon - 30_000)];

function decide(pods: readonly PodSnapshot[], more: Partial<RecreationInput> = {}): readonly string[] {
  const input = {
    troubles: troublesOf(pods),
    suspensions: held,
    evictedAt: [],
    notBefore: new Map(),
    comebacks: new Map(),
    now: noon,
  };
  return decideRecreations({ ...input, ...more }).map(({ trouble }) => trouble.pod.name);
}

describe('fault 41: the blocked pods are re-created bare', () => {
  test('once the suspension has had 10 s to reach the webhooks, and never without one', () => {
    const pods = [blockedPod('web-1')];
    expect(decide(pods)).toEqual(['web-1']);
    expect(decide(pods, { suspensions: [suspensionSince(noon - 9_999)] })).toEqual([]);
    expect(decide(pods, { suspensions: [] })).toEqual([]);
    expect(decide(pods, { suspensions: [suspensionSince(noon - 700_000)] })).toEqual([]);
    expect(decide(pods, { suspensions: [suspensionSince(noon - 30_000, { namespace: 'depot' })] })).toEqual([]);
    expect(decide(pods, { suspensions: [suspensionSince(noon - 30_000, { image: 'registry/agent:2' })] })).toEqual([]);
  });

  test.each([
    ['has no owner', { controller: undefined }, 'no-controller'],
    ['is a Job’s', { controller: { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: 'j' } }, 'job-pod'],
    ['is static', { mirror: true }, 'mirror-pod'],
    ['is paused', { paused: true }, 'paused'],
  ])('but not one that %s', (_what, more, reason) => {
    const [trouble] = troublesOf([blockedPod('web-1', more)]);
    expect(trouble && recreationHold(trouble)).toBe(reason);
    expect(decide([blockedPod('web-1', more)])).toEqual([]);
  });

  test('with its emptyDir, as long as the app has never run', () => {
    expect(decide([blockedPod('web-1', { localData: ['scratch'] })])).toEqual(['web-1']);
  });

  test('ten in a minute at most, the longest blocked first', () => {
    const pods = Array.from({ length: 15 }, (_, index) =>
      blockedPod(`web-${index}`, { createdAt: noon - 70_000 - index }),
    );
    expect(decide(pods)).toEqual(Array.from({ length: 10 }, (_, index) => `web-${14 - index}`));
    const evictedAt = [noon - 61_000, ...Array.from({ length: 8 }, () => noon - 30_000)];
    expect(decide(pods, { evictedAt })).toHaveLength(2);
  });

  test('not again before its time, where an eviction was refused', () => {
    expect(decide([blockedPod('web-1')], { notBefore: new Map([['web-1', noon + 1]]) })).toEqual([]);
    expect(decide([blockedPod('web-1')], { notBefore: new Map([['web-1', noon]]) })).toEqual(['web-1']);
  });

  test('twice at most for an owner whose pods come back with the agent all the same', () => {
    const suspensions = [suspensionSince(noon - 300_000)];
    const pods = [blockedPod('web-1')];
    expect(decide(pods, { suspensions, comebacks: new Map([['rs-uid', 1]]) })).toEqual(['web-1']);
    expect(decide(pods, { suspensions, comebacks: new Map([['rs-uid', 2]]) })).toEqual([]);
    expect(decide(pods, { comebacks: new Map([['rs-uid', 2]]) })).toEqual(['web-1']);
  });
});

describe('fault 42: a pod whose agent ends again and again', () => {
  const exits = [noon - 50_000, noon - 30_000, noon - 5_000];
  const { runningSince: _none, ...down } = agentContainer({
    exits,
    restartCount: 3,
    waitingReason: 'CrashLoopBackOff',
  });
  const unready = (more: Partial<PodSnapshot> = {}): PodSnapshot =>
    blockedPod('web-1', { phase: 'Running', agent: { ...down, failingSince: noon - 5_000 }, ...more });

  test('is re-created as well: it would be unready for minutes at a time', () => {
    expect(decide([unready()])).toEqual(['web-1']);
  });

  test('is left alone where it is ready, and where that would lose data of an app that ran', () => {
    expect(decide([unready({ ready: true })])).toEqual([]);
    expect(decide([unready({ localData: ['scratch'] })])).toEqual([]);
    expect(decide([unready({ localData: ['scratch'], agent: blockedAgent({ exits }) })])).toEqual(['web-1']);
  });
});
