import { describe, expect, test } from 'vitest';
import { readSuspensions, suspensionCovers, suspensionState, type Suspension } from './suspension.ts';

const suspension: Suspension = {
  image: 'registry/agent:1',
  reason: 'image-pull',
  since: '2026-01-01T12:00:00.000Z',
  until: '2026-01-01T12:10:00.000Z',
  count: 1,
};
const at = (minute: number): number => Date.UTC(2026, 0, 1, 12, minute);

describe('suspensions', () => {
  test('are read as they were written', () => {
    const both = [suspension, { ...suspension, namespace: 'shop', resumedAt: '2026-01-01T12:20:00.000Z' }];
    expect(readSuspensions(JSON.stringify(both))).toEqual(both);
  });

  test.each([
    ['nothing', undefined],
    ['an empty text', ''],
    ['no JSON', '{'],
    ['no array', '{}'],
    ['a number', '[7]'],
    ['an unknown reason', JSON.stringify([{ ...suspension, reason: 'mood' }])],
    ['a reason of every object', JSON.stringify([{ ...suspension, reason: 'toString' }])],
    ['a time that is none', JSON.stringify([{ ...suspension, until: 'soon' }])],
    ['no image', JSON.stringify([{ ...suspension, image: undefined }])],
    ['a namespace that is none', JSON.stringify([{ ...suspension, namespace: 7 }])],
    ['a count of nothing', JSON.stringify([{ ...suspension, count: 0 }])],
  ])('are none in %s', (_what, text) => {
    expect(readSuspensions(text)).toEqual([]);
  });

  test('hold until their time, then let trials through, and are over once one went well', () => {
    expect(suspensionState(suspension, at(9))).toBe('suspended');
    expect(suspensionState(suspension, at(10))).toBe('trial');
    expect(suspensionState({ ...suspension, resumedAt: '2026-01-01T12:05:00Z' }, at(9))).toBe('over');
  });

  test('are about one image, and about one namespace or all', () => {
    expect(suspensionCovers(suspension, 'registry/agent:1', 'shop')).toBe(true);
    expect(suspensionCovers(suspension, 'registry/agent:2', 'shop')).toBe(false);
    const narrow = { ...suspension, namespace: 'shop' };
    expect(suspensionCovers(narrow, 'registry/agent:1', 'shop')).toBe(true);
    expect(suspensionCovers(narrow, 'registry/agent:1', 'depot')).toBe(false);
  });
});
