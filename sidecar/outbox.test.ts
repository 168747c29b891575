import { describe, expect, test } from 'vitest';
import { makeOutbox, type Letter } from './outbox.ts';

const limits = { letters: 3, bytes: 1_000, milliseconds: 600_000 };

function letter(body: string, more: Partial<Letter> = {}): Letter {
  return { body, carriesFinding: true, writtenAt: 0, ...more };
}

function bodiesOf(box: ReturnType<typeof makeOutbox>): readonly string[] {
  const bodies: string[] = [];
  for (let next = box.take(); next !== undefined; next = box.take()) bodies.push(next.body);
  return bodies;
}

const beat = { carriesFinding: false } as const;

describe('the outbox', () => {
  test('lets a report without a finding give way to any later one', () => {
    const box = makeOutbox(limits);
    for (const item of [letter('beat 1', beat), letter('beat 2', beat), letter('a'), letter('beat 3', beat)])
      box.push(item);
    expect(bodiesOf(box)).toEqual(['a', 'beat 3']);
    expect(box.dropped()).toBe(0);
  });

  test('drops the oldest finding only when findings alone are too many, and counts that', () => {
    const box = makeOutbox(limits);
    for (const each of ['a', 'b', 'c']) box.push(letter(each));
    box.push(letter('beat', beat));
    expect(box.dropped()).toBe(0);
    box.push(letter('d'));
    expect([bodiesOf(box), box.dropped()]).toEqual([['b', 'c', 'd'], 1]);
  });

  test('keeps to its bound in bytes, but for one report that is larger by itself', () => {
    const box = makeOutbox(limits);
    for (const each of ['a', 'b', 'c']) box.push(letter(each.repeat(400)));
    expect(bodiesOf(box).map((body) => body[0])).toEqual(['b', 'c']);
    box.push(letter('x'.repeat(5_000)));
    expect(box.waiting()).toBe(1);
  });

  test('lets go of what is older than the bound', () => {
    const box = makeOutbox(limits);
    box.push(letter('old'));
    box.push(letter('young', { writtenAt: 1 }));
    box.push(letter('new', { writtenAt: 600_001 }));
    expect([bodiesOf(box), box.dropped()]).toEqual([['young', 'new'], 1]);
  });

  test('puts back in front, but not what a later one says as well', () => {
    const box = makeOutbox(limits);
    box.push(letter('a'));
    box.push(letter('b'));
    const first = box.take();
    if (first) box.putBack(first);
    box.putBack(letter('beat', beat));
    expect(bodiesOf(box)).toEqual(['a', 'b']);
    box.putBack(letter('beat', beat));
    expect(bodiesOf(box)).toEqual(['beat']);
  });
});
