import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzzRuns } from '#test/support/settings.ts';
import { encodeFrame } from './frames.ts';
import { listenForHealth, type HealthOutcome } from './health-answer.ts';

const [data, headers, reset, settings, push, ping, goAway] = [0, 1, 3, 4, 5, 6, 7];
const [none, endStream, padded, acknowledged] = [0, 1, 8, 1];

const greeting = encodeFrame(settings, none, 0, [0, 5, 0, 0, 64, 0]);
const answerHeaders = encodeFrame(headers, 4, 1, [0x88]);
const trailers = encodeFrame(headers, 4 | endStream, 1, [0x88]);
const status = (code: string): number[] =>
  encodeFrame(headers, 4 | endStream, 1, [0, 11, ...Buffer.from('grpc-status'), code.length, ...Buffer.from(code)]);
const serving = [0, 0, 0, 0, 2, 8, 1];

/** What a stream comes to, cut into pieces of so many bytes, and what is said to it. */
function follow(stream: readonly number[], pieceBytes: number): { outcome?: HealthOutcome; said: number[] } {
  const listener = listenForHealth();
  const said: number[] = [];
  for (let at = 0; at < stream.length; at += pieceBytes) {
    const heard = listener.hear(Uint8Array.from(stream.slice(at, at + pieceBytes)));
    if (heard.outcome !== undefined) return { outcome: heard.outcome, said };
    said.push(...heard.say);
  }
  return { said };
}

const whole = 1_000_000;

describe('listenForHealth', () => {
  test.each<[string, readonly (readonly number[])[], HealthOutcome | undefined]>([
    ['a message that serves and trailers', [answerHeaders, encodeFrame(data, none, 1, serving), trailers], 'serving'],
    ['a message that serves of a call that went well', [encodeFrame(data, none, 1, serving), status('0')], 'serving'],
    ['a message that serves of a call that failed', [encodeFrame(data, none, 1, serving), status('14')], 'not-serving'],
    [
      'a message in two frames',
      [encodeFrame(data, none, 1, serving.slice(0, 3)), encodeFrame(data, none, 1, serving.slice(3)), trailers],
      'serving',
    ],
    [
      'a padded message',
      [encodeFrame(data, padded, 1, [9, ...serving, ...Array<number>(9).fill(0)]), trailers],
      'serving',
    ],
    [
      'padding that is longer than its frame',
      [encodeFrame(data, padded, 1, [200, ...serving]), trailers],
      'not-serving',
    ],
    ['a message without trailers yet', [answerHeaders, encodeFrame(data, none, 1, serving)], undefined],
    ['a message that ends the call', [encodeFrame(data, endStream, 1, serving)], 'broken'],
    ['a compressed message', [encodeFrame(data, none, 1, [1, ...serving.slice(1)]), trailers], 'not-serving'],
    ['another number', [encodeFrame(data, none, 1, [0, 0, 0, 0, 2, 8, 2]), trailers], 'not-serving'],
    ['a long message', [encodeFrame(data, none, 1, Array<number>(9_000).fill(0))], 'not-serving'],
    ['trailers alone', [trailers], 'not-serving'],
    ['a reset call', [encodeFrame(reset, none, 1, [0, 0, 0, 2])], 'broken'],
    ['another call’s end', [encodeFrame(reset, none, 3, [0, 0, 0, 2])], undefined],
    ['a farewell that leaves the call out', [encodeFrame(goAway, none, 0, Array<number>(8).fill(0))], 'broken'],
    ['a farewell for a failure', [encodeFrame(goAway, none, 0, [0, 0, 0, 1, 0, 0, 0, 2])], 'broken'],
    [
      'a farewell that lets the call end',
      [encodeFrame(goAway, none, 0, [0, 0, 0, 1, 0, 0, 0, 0]), encodeFrame(data, none, 1, serving), trailers],
      'serving',
    ],
    ['a promise that nobody wants', [encodeFrame(push, none, 1, [0, 0, 0, 2])], 'broken'],
    ['broken settings', [encodeFrame(settings, none, 0, [1])], 'broken'],
    ['a short ping', [encodeFrame(ping, none, 0, [1])], 'broken'],
    [
      'pings without end',
      [Array.from({ length: 65 }, () => encodeFrame(ping, none, 0, Array<number>(8).fill(1))).flat()],
      'broken',
    ],
    ['an unknown frame', [encodeFrame(200, none, 0, [1, 2, 3])], undefined],
    ['a frame of 16 MiB', [[255, 255, 255, 0, 0, 0, 0, 0, 1]], 'broken'],
  ])('makes of %s what it is', (_what, frames, outcome) => {
    expect(follow([...greeting, ...frames.flat()], whole).outcome).toBe(outcome);
  });

  test('takes no other first word than settings', () => {
    expect(follow(answerHeaders, whole).outcome).toBe('broken');
    expect(follow([...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')], whole).outcome).toBe('broken');
  });

  test('confirms settings and pings, and neither confirmation', () => {
    const contents = [1, 2, 3, 4, 5, 6, 7, 8];
    const confirmed = [encodeFrame(settings, acknowledged, 0, []), encodeFrame(ping, acknowledged, 0, contents)].flat();
    expect(follow([...greeting, ...encodeFrame(ping, none, 0, contents)], 1).said).toEqual(confirmed);
    expect(follow([...greeting, ...confirmed], whole).said).toEqual(encodeFrame(settings, acknowledged, 0, []));
  });

  const frame = fc
    .tuple(fc.nat(10), fc.nat(255), fc.constantFrom(0, 1, 3), fc.uint8Array({ maxLength: 40 }))
    .map(([type, flags, stream, payload]) => encodeFrame(type, flags, stream, [...payload]));
  const bytes = fc.uint8Array({ maxLength: 60 }).map((array) => [...array]);
  const known = fc.constantFrom(
    greeting,
    answerHeaders,
    trailers,
    status('0'),
    status('2'),
    encodeFrame(data, none, 1, serving),
  );
  const stream = fc
    .array(fc.oneof(known, frame, bytes), { maxLength: 12 })
    .chain((parts) => fc.constantFrom(parts.flat(), [...greeting, ...parts.flat()]));

  test(
    'comes to the same however the stream is cut, and throws at nothing',
    { timeout: 60_000 + fuzzRuns * 20 },
    () => {
      fc.assert(
        fc.property(stream, fc.integer({ min: 1, max: 40 }), (sent, pieceBytes) => {
          expect(follow(sent, pieceBytes).outcome).toBe(follow(sent, 1).outcome);
        }),
        { numRuns: fuzzRuns },
      );
    },
  );
});
