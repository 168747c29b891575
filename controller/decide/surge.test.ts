import { describe, expect, test } from 'vitest';
import type { Incident, IncidentAction, IncidentSurge } from '#contract/incident.ts';
import { microTime } from '#contract/micro-time.ts';
import { at, intent, past } from '#test/support/deciding.ts';
import { owner, snapshot } from '#test/support/snapshots.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { afterRestore, surgeStep } from './surge.ts';

const deployment = { kind: 'Deployment', name: 'web', uid: 'web-uid' } as const;
const autoscaler = {
  name: 'web',
  uid: 'hpa-uid',
  minReplicas: 4,
  maxReplicas: 10,
  currentReplicas: 4,
  managedBy: undefined,
} as const;

/** A surge from 3 to 4, made a minute before noon, until noon. */
function surged(more: Partial<IncidentSurge> = {}, actions?: readonly IncidentAction[]): Incident {
  const surge = { target: deployment, from: 3, to: 4, until: microTime(at(0)), ...more };
  return past(60, 'surged', { surge, ...(actions ? { actions } : {}) });
}

const restore = (more: Partial<IncidentAction> = {}): IncidentAction => {
  const { step: _none, ...rest } = intent({ kinds: ['scale-replicas'], handler: 'scale-replicas', target: deployment });
  return { ...rest, ...more };
};

function stepAt(seconds: number, one = surged(), world: Partial<WorkloadSnapshot> = {}) {
  return surgeStep(one, snapshot({ owner: owner({ replicas: 4 }), ...world }), 7, at(seconds));
}

test('waits for its end', () => {
  expect(stepAt(-1)).toEqual({ step: 'wait', until: at(0) });
});

test('puts the number back at its end, under the epoch of whoever finds it', () => {
  expect(stepAt(0)).toMatchObject({
    step: 'restore',
    action: { kind: 'scale-replicas', namespace: 'shop', target: deployment, from: 4, to: 3 },
    status: { attempts: 1, actions: [{ step: 0 }, { kinds: ['scale-replicas'], epoch: 7 }] },
  });
  const minimum = surged({ target: { kind: 'HorizontalPodAutoscaler', name: 'web', uid: 'hpa-uid' } });
  expect(stepAt(0, minimum, { autoscaler })).toMatchObject({ step: 'restore', action: { from: 4, to: 3 } });
});

test('gives the watch time to see our own change', () => {
  expect(stepAt(-51, surged(), { owner: owner({ replicas: 3 }) })).toEqual({ step: 'wait', until: at(-50) });
});

test('leaves alone what someone else has set, before its end and after it', () => {
  for (const [seconds, replicas] of [
    [-1, 3],
    [-1, 6],
    [0, 6],
  ] as const) {
    expect(stepAt(seconds, surged(), { owner: owner({ replicas }) })).toMatchObject({
      step: 'ended',
      status: { surge: { ended: 'reverted-by-others' } },
    });
  }
});

test('is over where the number is back already', () => {
  expect(stepAt(0, surged(), { owner: owner({ replicas: 3 }) })).toMatchObject({
    status: { surge: { ended: 'restored' } },
  });
});

test('is over where its target is gone or another', () => {
  const gone = { step: 'ended', status: { surge: { ended: 'target-gone' } } };
  expect(stepAt(0, surged(), { owner: undefined })).toMatchObject(gone);
  const another = owner({ replicas: 4, reference: { ...owner().reference, uid: 'new-uid' } });
  expect(stepAt(0, surged(), { owner: another })).toMatchObject(gone);
});

test('asks nothing once it has ended', () => {
  expect(stepAt(0, surged({ ended: 'restored' }))).toEqual({ step: 'none' });
  expect(stepAt(0, past(60, 'other'))).toEqual({ step: 'none' });
});

test('is not judged while its own making is not known', () => {
  const acting = past(60, 'acting', {
    phase: 'Acting',
    surge: { target: deployment, from: 3, to: 4, until: microTime(at(600)) },
    actions: [intent({ result: 'done' }), intent({ kinds: ['scale-replicas'], target: deployment })],
  });
  expect(stepAt(0, acting, { owner: owner({ replicas: 3 }) })).toEqual({ step: 'none' });
});

test.each([{ pausedBy: 'owner' }, { mode: 'observe' }] as const)('is left standing under %j', (world) => {
  expect(stepAt(0, surged(), world)).toEqual({ step: 'none' });
});

test('is tried again after a crash at once, with one entry for both', () => {
  const again = stepAt(1, surged({}, [intent({ result: 'done' }), restore()]));
  expect(again).toMatchObject({ step: 'restore', status: { actions: [{ result: 'done' }, { epoch: 7 }] } });
  expect('status' in again && again.status.actions).toHaveLength(2);
});

test('is tried again a minute after it was refused, with one entry for all tries', () => {
  const refused = surged({}, [intent({ result: 'done' }), restore({ result: 'refused' })]);
  expect(stepAt(59, refused)).toEqual({ step: 'wait', until: at(60) });
  const again = stepAt(60, refused);
  expect('status' in again && again.status.actions).toHaveLength(2);
});

describe('after the restoring act', () => {
  const restoring = surged({}, [intent({ result: 'done' }), restore()]).status;

  test('it is over when that was done, and makes no attempt', () => {
    const after = restoring && afterRestore(restoring, { result: 'done', sentAt: at(1) }, at(2));
    expect(after).toMatchObject({
      phase: 'Resolved',
      attempts: 1,
      surge: { ended: 'restored' },
      message: 'web has 3 again.',
    });
  });

  test('it is over when someone else had changed the number', () => {
    const outcome = { result: 'refused', reason: 'change-reverted', message: 'It is 6 by now.' } as const;
    const after = restoring && afterRestore(restoring, outcome, at(2));
    expect(after).toMatchObject({ surge: { ended: 'reverted-by-others' }, message: 'It is 6 by now.' });
  });

  test('it goes on when that failed or may not be', () => {
    const paused = { result: 'refused', reason: 'paused', message: 'A pause.' } as const;
    for (const outcome of [paused, { result: 'failed', message: 'Forbidden.' } as const]) {
      const after = restoring && afterRestore(restoring, outcome, at(2));
      expect(after).toMatchObject({ phase: 'Resolved', message: outcome.message });
      expect(after?.surge?.ended).toBeUndefined();
    }
  });
});
