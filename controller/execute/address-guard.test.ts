import { expect, test } from 'vitest';
import { makeAddressGuard } from './address-guard.ts';

const refused = [
  '127.0.0.1',
  '0.0.0.0',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  'fe80::1',
  'fe80::1%eth0',
  'fd00:ec2::254',
  'ff02::1',
  '::ffff:127.0.0.1',
  '::ffff:a9fe:a9fe',
  '::ffff:10.0.0.1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'not an address',
  '',
];

test.each(refused)('refuses %s', (address) => {
  expect(makeAddressGuard([]).allows(address)).toBe(false);
});

test.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])('allows %s', (address) => {
  expect(makeAddressGuard([]).allows(address)).toBe(true);
});

test('allows exactly the ranges that the operator listed, also as IPv4-mapped IPv6', () => {
  const guard = makeAddressGuard(['10.96.0.0/12', 'fd00:1::/64']);
  const addresses = ['10.96.0.10', '::ffff:10.96.0.10', 'fd00:1::9', '10.95.255.255', 'fd00:2::9'];
  expect(addresses.map((address) => guard.allows(address))).toEqual([true, true, true, false, false]);
});

test.each(['10.0.0.0', '10.0.0.0/33', '10.0.0.0/8/8', 'x/8', '::/129', '10.0.0.0/'])('names %s as no range', (cidr) => {
  expect(() => makeAddressGuard([cidr])).toThrow(cidr);
});
