import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '#test/support/settings.ts';
import { encodeFrame, makeFrameReader, type Frame } from './frames.ts';
import { callWentWell } from './trailers.ts';

const bytesOf = (text: string): number[] => [...Buffer.from(text)];
const plain = (text: string): number[] => [text.length, ...bytesOf(text)];

const statusName = plain('grpc-status');
/** As servers that code by Huffman send it. */
const codedName = [0x88, 0x9a, 0xca, 0xc8, 0xb2, 0x12, 0x34, 0xda, 0x8f];
const message = [0x00, ...plain('grpc-message'), ...plain('grpc-status0')];
const endedHeaders = 5;

function frameOf(payload: readonly number[], flags = endedHeaders): Frame {
  const [frame] = makeFrameReader().take(Uint8Array.from(encodeFrame(1, flags, 1, payload))).frames;
  if (frame === undefined) throw new TypeError('no frame');
  return frame;
}

describe('callWentWell', () => {
  test.each<[string, readonly number[], boolean | undefined]>([
    ['a status of 0', [0x00, ...statusName, ...plain('0')], true],
    ['a status that is to be remembered', [0x40, ...statusName, ...plain('0')], true],
    ['a status that is never to be remembered', [0x10, ...statusName, ...plain('0')], true],
    ['a coded name', [0x40, ...codedName, ...plain('0')], true],
    ['a coded name and value', [0x40, ...codedName, 0x81, 0x07], true],
    ['another status', [0x40, ...codedName, ...plain('14')], false],
    ['another status, coded', [0x40, ...statusName, 0x81, 0x0f], false],
    ['an empty status', [0x40, ...statusName, 0], false],
    [
      'a status after other fields',
      [0x20, 0x88, 0x0f, 0x0d, 1, 0x30, ...message, 0x00, ...statusName, ...plain('2')],
      false,
    ],
    ['no status', message, undefined],
    ['nothing', [], undefined],
    ['a name that is cut off', [0x00, ...statusName.slice(0, 6)], undefined],
    ['a value that is cut off', [0x00, ...statusName, 2, 0x30], undefined],
    ['a length without end', [0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], undefined],
  ])('reads %s', (_what, payload, expected) => {
    expect(callWentWell(frameOf(payload))).toBe(expected);
  });

  test('reads past padding and priority', () => {
    const status = [0x00, ...statusName, ...plain('13')];
    expect(callWentWell(frameOf([3, 0, 0, 0, 0, 16, ...status, 0, 0, 0], endedHeaders | 0x28))).toBe(false);
    expect(callWentWell(frameOf([200, ...status], endedHeaders | 0x08))).toBeUndefined();
  });

  test('says nothing of trailers whose status is beyond what is kept', () => {
    const long = [0x00, ...plain('x'), 0x7f, 0xd9, 0x03, ...Array<number>(600).fill(0x61)];
    expect(callWentWell(frameOf([...long, 0x00, ...statusName, ...plain('2')]))).toBeUndefined();
  });

  test('comes to an answer whatever the bytes', { timeout: 60_000 + fuzzRuns * 20 }, () => {
    const part = fc.oneof(
      fc.constantFrom([0x00], [0x40], [0x00, ...statusName], codedName, plain('0'), message),
      fc.uint8Array({ maxLength: 12 }).map((array) => [...array]),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.nat(255), (parts, flags) => {
        expect([true, false, undefined]).toContain(callWentWell(frameOf(parts.flat(), flags)));
      }),
      { numRuns: fuzzRuns },
    );
  });
});
