import { describe, expect, test } from 'vitest';
import { microTime } from '#contract/micro-time.ts';
import { at, intent, ladder, look, past, policy, step } from '#test/support/deciding.ts';
import { actedIncident, agent, container, failingPod, finding, incident, owner, pod } from '#test/support/snapshots.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import { noticeKind } from './notice.ts';

const evict = [{ kind: 'evict-pod', podUid: 'pod-1' }];
const about = (one: PodSnapshot, world: object = {}) => look({ pods: [one], ...world }, [finding({ pod: one })]);

describe('rail 15: pods of a Job are left to it', () => {
  const controller = { apiVersion: 'batch/v1', kind: 'Job', name: 'import', uid: 'job-uid' };

  test('they are diagnosed and nothing more', () => {
    const ofJob = failingPod({ controller });
    expect(about(ofJob)).toMatchObject({ actions: undefined, status: { phase: 'Held', reason: 'job-pod' } });
    expect(about(failingPod(), { workload: controller }).status).toMatchObject({ reason: 'job-pod' });
    expect(about(failingPod()).actions).toMatchObject(evict);
  });
});

describe('rail 17: people hear once of an episode, and of a breaker once for all', () => {
  test('neither a second look nor what lies between opening and result is told', () => {
    const { status } = look({ incidents: [past(60, 'a')] });
    const held = status && { ...incident(), status };
    expect(look({ incidents: [past(60, 'a'), ...(held ? [held] : [])] }).steps).toEqual([]);
    expect(status && noticeKind(undefined, status)).toBe('opened');
    expect(status && noticeKind(status, { ...status, phase: 'Verifying' })).toBeUndefined();
    expect(status && noticeKind(status, { ...status, phase: 'Escalated' })).toBe('result');
  });

  test('an episode is resolved only after its verification', () => {
    const acted = actedIncident(at(0));
    const replacement = pod({ uid: 'pod-2', createdAt: at(1), readySince: at(2) });
    const after = (seconds: number) => look({ pods: [replacement], incidents: [acted] }, [], { now: at(seconds) });
    expect(after(21).steps).toEqual([]);
    expect(after(22).status).toMatchObject({ phase: 'Resolved' });
  });
});

describe('rail 20: what did not help is not called resolved', () => {
  const acted = actedIncident(at(0));

  test('a replacement that fails too is ineffective, and the ladder goes on', () => {
    const second = failingPod({ uid: 'pod-2', name: 'web-abc-2', createdAt: at(1) });
    const found = [finding({ pod: second, faultAt: at(5), evidenceAt: at(6) })];
    const { actions, status } = look({ pods: [second], incidents: [acted] }, found, { now: at(6) });
    expect(actions).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Ineffective', reason: 'cooldown-active', actions: [{ helped: false }] });
  });

  test('one that is never ready goes to a person', () => {
    const starting = pod({ uid: 'pod-2', createdAt: at(1), ready: false, readySince: undefined });
    const { status } = look({ pods: [starting], incidents: [acted] }, [], { now: at(120) });
    expect(status).toMatchObject({ phase: 'Escalated', reason: 'replacement-unhealthy', actions: [{ helped: false }] });
  });

  test('health from before the act is none', () => {
    const old = pod({ uid: 'pod-9', name: 'web-abc-9' });
    expect(look({ pods: [old, failingPod()], incidents: [acted] }, [], { now: at(60) }).steps).toEqual([]);
  });
});

describe('rail 21: a pod without a controlling owner is not evicted', () => {
  test('nothing would bring it back', () => {
    const orphan = failingPod({ controller: undefined });
    expect(about(orphan)).toMatchObject({ actions: undefined, status: { phase: 'Held', reason: 'no-controller' } });
    expect(about(failingPod()).actions).toMatchObject(evict);
  });

  test('in place it is restarted', () => {
    const orphan = pod({ controller: undefined, ready: false, readySince: undefined });
    const found = [finding({ pod: orphan, failureClass: 'AppHung' })];
    const agents = new Map([['pod-1', agent()]]);
    expect(look({ pods: [orphan], agents }, found).actions).toMatchObject([{ kind: 'restart-container' }]);
  });

  test('a static pod is its node’s', () => {
    expect(about(failingPod({ mirror: true }))).toMatchObject({ actions: undefined, status: { reason: 'mirror-pod' } });
  });
});

describe('rail 22: local data is not lost', () => {
  const keeping = failingPod({ localData: ['uploads'] });

  test('unless the policy accepts the loss', () => {
    expect(about(keeping)).toMatchObject({ actions: undefined, status: { phase: 'Held', reason: 'local-data' } });
    expect(about(keeping, { policies: [policy()] }).status).toMatchObject({ reason: 'local-data' });
    expect(about(keeping, { policies: [policy({ localDataDisposable: true })] }).actions).toMatchObject(evict);
    expect(about(failingPod()).actions).toMatchObject(evict);
  });

  test('nor after its cache was cleared', () => {
    const cached = { ...keeping, cache: true } as const;
    const agents = new Map([['pod-1', agent({ powers: ['clear-cache'] })]]);
    expect(about(cached, { agents }).actions).toBeUndefined();
    expect(about({ ...cached, localData: [] }, { agents }).actions).toMatchObject([
      { kind: 'clear-cache' },
      { kind: 'evict-pod' },
    ]);
  });
});

describe('rail 23: a container is restarted in place at most once in 10 min', () => {
  const hung = pod({ ready: false, readySince: undefined, containers: [container()] });
  const agents = new Map([['pod-1', agent()]]);
  const target = { kind: 'Pod', name: 'web-abc-1', uid: 'pod-1', container: 'app' };
  const restarted = (secondsAgo: number, where = target) => {
    const times = { intendedAt: microTime(at(-secondsAgo)), sentAt: microTime(at(-secondsAgo)) };
    const done = { kinds: ['restart-container'], handler: 'restart-container', result: 'done', target: where } as const;
    return past(secondsAgo, 'restarted', { actions: [intent({ ...done, ...times })] });
  };
  const again = (earlier: ReturnType<typeof restarted>, handlers = [step('restart-container')]) => {
    const policies = [policy({ ladders: new Map([['AppHung', handlers]]) })];
    const world = { pods: [hung], agents, policies, incidents: [earlier], owner: owner() };
    return look(world, [finding({ pod: hung, failureClass: 'AppHung' })]);
  };

  test('a second time waits', () => {
    expect(again(restarted(599))).toMatchObject({
      actions: undefined,
      status: { phase: 'Held', reason: 'container-restarted-recently' },
    });
    expect(again(restarted(600)).actions).toMatchObject([{ kind: 'restart-container' }]);
    expect(again(restarted(599, { ...target, uid: 'pod-7' })).actions).toMatchObject([{ kind: 'restart-container' }]);
  });

  test('what an agent did by itself counts', () => {
    const reflexes = [{ container: 'app', at: at(-599), result: 'done', message: '' } as const];
    const policies = [policy({ ladders: new Map([['AppHung', [step('restart-container')]]]) })];
    const lookWith = (more: Parameters<typeof agent>[0]) =>
      look({ pods: [hung], agents: new Map([['pod-1', agent(more)]]), policies, owner: owner() }, [
        finding({ pod: hung, failureClass: 'AppHung' }),
      ]);
    expect(lookWith({ reflexes }).status).toMatchObject({ reason: 'container-restarted-recently' });
    expect(lookWith({}).actions).toMatchObject([{ kind: 'restart-container' }]);
  });

  test('a replacement follows where the ladder has one', () => {
    expect(again(restarted(300), [step('restart-container'), step('restart-pod')]).actions).toMatchObject(evict);
  });
});

test('the kubelet goes first: a liveness failure is acted upon only after a restart of its own', () => {
  const policies = [ladder([step('restart-pod')])];
  const found = (restartCount: number) => [
    finding({ failureClass: 'LivenessProbeFailed', evidence: { restartCount } }),
  ];
  const seen = incident(
    { evidence: { restartCount: 0 } },
    { spec: { ...incident().spec, failureClass: 'LivenessProbeFailed' } },
  );
  expect(look({ policies }, found(0)).status).toMatchObject({ reason: 'kubelet-restarts-first' });
  expect(look({ policies, incidents: [seen] }, found(0)).actions).toBeUndefined();
  expect(look({ policies, incidents: [seen] }, found(1)).actions).toMatchObject(evict);
});
