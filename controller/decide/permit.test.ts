import { expect, test } from 'vitest';
import { approvedAnnotation } from '#contract/annotations.ts';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { at, ladder, look, past, policy, railContext, step } from '#test/support/deciding.ts';
import { failingPod, finding, incident, snapshot } from '#test/support/snapshots.ts';
import { handlers } from '../handlers/index.ts';
import { evaluate } from './evaluate.ts';
import { permit } from './permit.ts';

const asking = [policy({ mode: 'Approve' })];
const evict = [{ kind: 'evict-pod', podUid: 'pod-1' }];

/** The incident as it waits for a person, with what that person annotated. */
function waiting(status: IncidentStatus | undefined, approved?: string): Incident {
  const { metadata, ...rest } = incident();
  const annotations = approved === undefined ? {} : { annotations: { [approvedAnnotation]: approved } };
  return { ...rest, metadata: { ...metadata, ...annotations }, ...(status ? { status } : {}) };
}

const asked = look({ policies: asking, incidents: [incident()] }).status;
const id = asked?.proposal?.id ?? '';

/** What is decided after so many seconds on an episode that waits. */
function later(seconds: number, waits: Incident) {
  const found = finding({ evidenceAt: at(seconds) });
  return look({ policies: asking, incidents: [waits] }, [found], { now: at(seconds) });
}

test('in observe mode only says what it would have done, and has it rehearsed', () => {
  const context = railContext({ snapshot: snapshot({ mode: 'observe', pods: [failingPod()] }) });
  expect(permit(evaluate(context, handlers), context, 'web-crash')).toMatchObject({
    verdict: {
      verdict: 'hold',
      reason: 'observe-mode',
      message: 'Would evict pod web-abc-1, so that a new one takes its place.',
    },
    rehearsal: evict,
  });
});

test('in observe mode also says what would have kept it from acting, without a time that changes', () => {
  const context = railContext({
    snapshot: snapshot({ mode: 'observe', pods: [failingPod()], incidents: [past(10, 'a')] }),
  });
  const { verdict, rehearsal } = permit(evaluate(context, handlers), context, 'web-crash');
  expect(verdict).toEqual({
    verdict: 'hold',
    reason: 'observe-mode',
    message: 'Would do nothing (cooldown-active): it would be tried again later.',
  });
  expect(rehearsal).toBeUndefined();
});

test('in observe mode says that it would call a person, and calls none', () => {
  const { status } = look({ mode: 'observe' }, [finding({ failureClass: 'ImagePullBackOff' })]);
  expect(status).toMatchObject({ phase: 'Held', reason: 'observe-mode' });
  expect(status?.message).toContain('Would call a person (no-handler):');
});

test('a policy that observes rehearses where the namespace would let it act', () => {
  const { steps, actions } = look({ policies: [policy({ mode: 'Observe' })] });
  expect(actions).toBeUndefined();
  expect(steps).toMatchObject([{ status: { reason: 'observe-mode' }, rehearsal: evict }]);
});

test('a policy that is off finds nothing at all, where it would act otherwise', () => {
  expect(look({ policies: [policy({ mode: 'Off' })] }).steps).toEqual([]);
  expect(look({ policies: [policy()] }).actions).toMatchObject(evict);
});

test('asks a person first, and says how to approve', () => {
  expect(asked).toMatchObject({ phase: 'AwaitingApproval', reason: 'awaiting-approval', attempts: 0 });
  expect(asked?.message).toContain(
    `kubectl -n shop annotate --overwrite incidents.infra-autopilot.io web-crash ${approvedAnnotation}=${id}`,
  );
});

test('waits without writing anything, and looks again when the time for an answer is over', () => {
  expect(later(60, waiting(asked))).toMatchObject({ steps: [], recheckAt: at(3600) });
});

test('acts once the very proposal is approved', () => {
  expect(later(60, waiting(asked, id)).actions).toMatchObject(evict);
  expect(later(60, waiting(asked, id)).status?.proposal).toBeUndefined();
});

test.each(['', 'true', 'restart-pod-other', `${id}x`])('does not take %j for an approval', (approved) => {
  expect(later(60, waiting(asked, approved))).toMatchObject({ steps: [], actions: undefined });
});

test('an approval of one act is none of the next', () => {
  const second = { ...past(1_800, 'web-crash'), metadata: waiting(asked, id).metadata };
  const failed: Incident = { ...second, status: { ...(second.status as IncidentStatus), phase: 'Ineffective' } };
  const { actions, status } = look({ policies: asking, incidents: [failed] });
  expect(actions).toBeUndefined();
  expect(status).toMatchObject({ phase: 'AwaitingApproval' });
  expect(status?.proposal?.id).not.toBe(id);
});

test('an approval of one remedy is none of another', () => {
  const cautious = [ladder([step('restart-container'), step('restart-pod')], { mode: 'Approve' })];
  const other = failingPod({ uid: 'pod-2', name: 'web-abc-2' });
  const world = { policies: cautious, pods: [other], incidents: [waiting(asked, id)] };
  expect(look(world, [finding({ pod: other })]).actions).toBeUndefined();
});

test('calls a person when nobody approved in time, also where the approval came too late', () => {
  for (const waits of [waiting(asked), waiting(asked, id)]) {
    const { actions, status } = later(3600, waits);
    expect(actions).toBeUndefined();
    expect(status).toMatchObject({ phase: 'Escalated', reason: 'approval-expired' });
  }
  expect(later(3599, waiting(asked, id)).actions).toMatchObject(evict);
});

test('waits as long as the policy says', () => {
  const policies = [policy({ mode: 'Approve', approvalSeconds: 60 })];
  expect(look({ policies }).recheckAt).toBe(at(60));
});
