import { expect, test } from 'vitest';
import { suspensionSince } from '#test/support/blocked-pods.ts';
import { noon } from '#test/support/snapshots.ts';
import { suspensionNotice } from './suspension-notice.ts';

const record = { namespace: 'autopilot', name: 'injection' };

test('people are told what is suspended, until when, why, what is done, and where to look', () => {
  const example = { namespace: 'shop', pod: 'web-1', detail: 'ImagePullBackOff: not found' };
  const suspension = suspensionSince(noon, { namespace: 'shop', count: 2 });
  const notice = suspensionNotice({ suspension, example, cluster: 'east', record });
  expect(notice).toMatchObject({
    failureClass: 'ImagePullBackOff',
    phase: 'Escalated',
    namespace: 'shop',
    pod: 'web-1',
  });
  expect(notice.lines.map(({ title, text }) => `${title}: ${text}`)).toEqual([
    'What: Injection of the agent registry/agent:1 in namespace shop of cluster east is suspended until 2026-01-01T12:10:00.000Z, for the 2nd time.',
    'Why: The image of the agent can not be pulled where a pod runs, so that its app does not start. shop/web-1: ImagePullBackOff: not found',
    'Done: New pods start without the agent; blocked ones are evicted so that they do as well.',
    'Look: kubectl -n autopilot get configmap injection -o yaml',
  ]);
});

test('and that it goes on, as the end of the same', () => {
  const suspension = suspensionSince(noon, { resumedAt: '2026-01-01T12:30:00.000Z' });
  const begun = suspensionNotice({ suspension: suspensionSince(noon), cluster: '', record });
  const ended = suspensionNotice({ suspension, cluster: '', record });
  expect(ended).toMatchObject({ phase: 'Resolved', namespace: 'autopilot', at: '2026-01-01T12:30:00.000Z' });
  expect(ended.incidentUid).toBe(begun.incidentUid);
  expect(ended.lines[0]?.text).toBe('Injection of the agent registry/agent:1 in every namespace goes on.');
});

test.each([
  [1, '1st'],
  [3, '3rd'],
  [11, '11th'],
  [12, '12th'],
  [21, '21st'],
])('the %ith time is called the %s', (count, word) => {
  const notice = suspensionNotice({ suspension: suspensionSince(noon, { count }), cluster: '', record });
  expect(notice.lines[0]?.text).toContain(`for the ${word} time`);
});
