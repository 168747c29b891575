import { expect, test } from 'vitest';
import { policy, railContext } from '#test/support/deciding.ts';
import { failingPod, snapshot } from '#test/support/snapshots.ts';
import type { MaintenanceWindow } from '../model/policy.ts';
import { windowRail } from './windows.ts';

const window = (more: Partial<MaintenanceWindow> = {}): MaintenanceWindow => ({
  schedule: '0 2 * * *',
  timeZone: 'UTC',
  durationMinutes: 60,
  ...more,
});

function refusalAt(time: string, ...windows: readonly MaintenanceWindow[]) {
  const seen = snapshot({ pods: [failingPod()], policies: [policy({ windows })] });
  return windowRail(railContext({ snapshot: seen, now: Date.parse(time) }));
}
const isOpen = (time: string, ...windows: readonly MaintenanceWindow[]): boolean =>
  refusalAt(time, ...windows) === undefined;

test('a policy without windows acts at any time', () => {
  expect(isOpen('2026-01-01T12:00:00Z')).toBe(true);
});

test('a window holds its start and not its end', () => {
  expect(isOpen('2026-01-01T01:59:59.999Z', window())).toBe(false);
  expect(isOpen('2026-01-01T02:00:00Z', window())).toBe(true);
  expect(isOpen('2026-01-01T02:59:59.999Z', window())).toBe(true);
  expect(isOpen('2026-01-01T03:00:00Z', window())).toBe(false);
});

test('outside of it says when the next of all windows opens', () => {
  expect(refusalAt('2026-01-01T12:00:00Z', window(), window({ schedule: '30 13 * * *' }))).toMatchObject({
    skip: 'outside-window',
    until: Date.parse('2026-01-01T13:30:00Z'),
  });
});

test('of several windows one that is open is enough', () => {
  expect(isOpen('2026-01-01T02:30:00Z', window({ schedule: '0 20 * * *' }), window())).toBe(true);
});

test('a window reaches over midnight', () => {
  const late = window({ schedule: '0 23 * * 5', durationMinutes: 180 });
  expect(isOpen('2026-01-03T01:59:00Z', late)).toBe(true);
  expect(isOpen('2026-01-02T01:59:00Z', late)).toBe(false);
});

test('a schedule is read in its own time zone', () => {
  const berlin = window({ timeZone: 'Europe/Berlin' });
  expect(isOpen('2026-01-01T01:00:00Z', berlin)).toBe(true);
  expect(isOpen('2026-01-01T02:00:00Z', berlin)).toBe(false);
  expect(isOpen('2026-07-01T00:00:00Z', berlin)).toBe(true);
  expect(isOpen('2026-07-01T01:00:00Z', berlin)).toBe(false);
  const tokyo = window({ timeZone: 'Asia/Tokyo' });
  expect(isOpen('2026-01-01T17:00:00Z', tokyo)).toBe(true);
});

test('moves with summer time: from one day to the next by 23 hours, and back by 25', () => {
  const early = window({ timeZone: 'Europe/Berlin', schedule: '0 4 * * *' });
  const next = (time: string): string => new Date(refusalAt(time, early)?.until ?? 0).toISOString();
  expect(next('2026-03-28T12:00:00Z')).toBe('2026-03-29T02:00:00.000Z');
  expect(next('2026-03-27T12:00:00Z')).toBe('2026-03-28T03:00:00.000Z');
  expect(next('2026-10-24T12:00:00Z')).toBe('2026-10-25T03:00:00.000Z');
  expect(next('2026-10-23T12:00:00Z')).toBe('2026-10-24T02:00:00.000Z');
});

test('opens at an hour that summer time leaves out', () => {
  const skipped = window({ timeZone: 'Europe/Berlin', schedule: '30 2 * * *' });
  const until = refusalAt('2026-03-28T12:00:00Z', skipped)?.until ?? 0;
  expect(new Date(until).toISOString().slice(0, 11)).toBe('2026-03-29T');
  expect(isOpen(new Date(until).toISOString(), skipped)).toBe(true);
});

test('a window that never opens again holds for good', () => {
  expect(refusalAt('2026-01-01T12:00:00Z', window({ schedule: '0 0 31 2 *' }))).toEqual({
    skip: 'outside-window',
    message: 'No maintenance window of the policy opens any more.',
  });
});
