import { expect, test } from 'vitest';
import { currentAuthorities } from './authorities.ts';

const born = '-----BEGIN CERTIFICATE-----born';
const rotated = '-----BEGIN CERTIFICATE-----rotated';

test.each([
  ['the file, once it is there', { text: rotated }, rotated],
  ['what the pod was born with, where there is no file', { problem: 'no such file' }, born],
  ['what the pod was born with, where the file is no certificate', { text: '' }, born],
])('trusts %s', async (_what, answer, expected) => {
  const host = { readFile: () => Promise.resolve(answer) };
  expect(await currentAuthorities(host, { authorities: born, authoritiesFile: '/ca.crt' })).toBe(expected);
});

test('trusts what the pod was born with where no file is named', async () => {
  const host = { readFile: () => Promise.resolve({ text: rotated }) };
  expect(await currentAuthorities(host, { authorities: born, authoritiesFile: undefined })).toBe(born);
});
