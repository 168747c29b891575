import { expect, test } from 'vitest';
import { anyAddress } from './any-address.ts';

test.each([
  ['both families', { lo: [{ family: 'IPv4' }, { family: 'IPv6' }] }, '::'],
  ['IPv6 alone', { eth0: [{ family: 'IPv6' }] }, '::'],
  ['IPv4 alone', { lo: [{ family: 'IPv4' }], eth0: undefined }, '0.0.0.0'],
] as const)('a pod with %s is served on %s', (_what, interfaces, address) => {
  expect(anyAddress(interfaces as Parameters<typeof anyAddress>[0])).toBe(address);
});
