import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeLineSplitter } from './json-lines.ts';

test('gives every line back whole however the stream is cut', () => {
  const line = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\n'));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat({ max: 20 }), { maxLength: 50 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
      const splitter = makeLineSplitter();
      const got: string[] = [];
      let start = 0;
      for (const cut of [...cuts, bytes.length]) {
        got.push(...splitter.push(bytes.subarray(start, start + cut)).map(String));
        start += cut;
      }
      got.push(...splitter.push(bytes.subarray(start)).map(String));
      expect(got).toEqual(lines);
      expect(splitter.pendingBytes()).toBe(0);
    }),
  );
});

test('knows the bytes of a line that has not ended', () => {
  const splitter = makeLineSplitter();
  expect(splitter.push(Buffer.from('whole\nto')).map(String)).toEqual(['whole']);
  expect(splitter.pendingBytes()).toBe(2);
});

test('says when a line outgrows its bound', () => {
  const splitter = makeLineSplitter(4);
  splitter.push(Buffer.from('12345'));
  expect(splitter.overflowed()).toBe(true);
});
