import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { makeReview } from '#test/support/admission.ts';
import { makeBodyRoom, readBody, uidOfHead, type BodyOptions, type BodyResult } from './body.ts';

function read(chunks: readonly string[], options: Partial<BodyOptions> = {}): Promise<BodyResult> {
  const stream = new PassThrough();
  const result = new Promise<BodyResult>((resolve) => {
    readBody(stream, { maximumBytes: 10_000, room: makeBodyRoom(10_000), headOnly: false, ...options }, resolve);
  });
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  return result;
}

describe('a body', () => {
  test('is whole where there is room', async () => {
    expect(await read(['ab', 'cé'])).toEqual({ whole: Buffer.from('abcé') });
    expect(await read([])).toEqual({ whole: Buffer.alloc(0) });
  });

  test('is refused at the first byte beyond its bound, and gives its room back', async () => {
    const room = makeBodyRoom(10);
    expect(await read(['12345', '67890', '1'], { maximumBytes: 10, room })).toEqual({ problem: 'too-large' });
    expect(room.take(10)).toBe(true);
  });

  test('is only its head where there is no room, however long it is', async () => {
    const room = makeBodyRoom(2_000);
    const result = await read(
      Array.from({ length: 9 }, () => 'x'.repeat(1_000)),
      { room },
    );
    expect(result).toEqual({ head: Buffer.from('x'.repeat(1_024)) });
    expect(room.take(2_000)).toBe(true);
    expect(await read(['abc'], { headOnly: true })).toEqual({ head: Buffer.from('abc') });
  });

  test('that ends early is broken', async () => {
    const stream = new PassThrough();
    const result = new Promise<BodyResult>((resolve) => {
      readBody(stream, { maximumBytes: 10, room: makeBodyRoom(10), headOnly: false }, resolve);
    });
    stream.write('a');
    stream.destroy();
    expect(await result).toEqual({ problem: 'broken' });
  });
});

describe('the uid of a head', () => {
  const { uid } = makeReview({})['request'] as { uid: string };
  const text = JSON.stringify(makeReview({ metadata: { uid: 'the-pod’s' } }));

  test('is found in the first bytes of a review', () => {
    expect(uidOfHead(Buffer.from(text).subarray(0, 200))).toBe(uid);
  });

  test.each([
    '',
    '{"request":{"object":{"uid":"a"}}}',
    '{"object":{"request":{"uid":"a"}}}',
    '[{"request":{"uid":"a"}}]',
  ])('is never another one: %s', (head) => {
    expect(uidOfHead(Buffer.from(head))).toBeUndefined();
  });
});
