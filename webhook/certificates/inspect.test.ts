import { describe, expect, test } from 'vitest';
import { chainsTo, inspectAuthority, inspectLeaf, readBundle, readCertificate, tidyBundle } from './inspect.ts';
import { issueAuthority, issueLeaf } from './issue.ts';
import { serviceNames } from './material.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 1);
const names = serviceNames('webhook', 'autopilot');

const authority = await issueAuthority(now);
const other = await issueAuthority(now);
const leaf = await issueLeaf(authority, names, now);

describe('an authority', () => {
  test.each([
    ['is good when new', 0, undefined],
    ['is good after 240 days', 240 * day, undefined],
    ['is due after two thirds of its year', 244 * day, 'due'],
    ['is not valid after its year', 366 * day, 'not-valid-now'],
    ['is not valid more than an hour before its time', -2 * 3_600_000, 'not-valid-now'],
  ])('%s', (_what, offset, fault) => {
    expect(inspectAuthority(authority.cert, authority.key, now + offset)).toBe(fault);
  });

  test.each([
    ['no certificate', '', authority.key, 'absent'],
    ['garbage', 'garbage', authority.key, 'malformed'],
    ['a garbage key', authority.cert, 'garbage', 'malformed'],
    ['another key', authority.cert, other.key, 'key-mismatch'],
    ['a leaf in its place', leaf.cert, leaf.key, 'not-an-authority'],
  ])('with %s is refused', (_what, cert, key, fault) => {
    expect(inspectAuthority(cert, key, now)).toBe(fault);
  });
});

describe('a leaf', () => {
  test('lives for at most 30 days and never longer than its authority', async () => {
    const lifeOf = (pem: string): number => {
      const certificate = readCertificate(pem);
      return (certificate?.validToDate.getTime() ?? 0) - (certificate?.validFromDate.getTime() ?? 0);
    };
    expect(lifeOf(leaf.cert)).toBe(30 * day);
    const late = await issueLeaf(authority, names, now + 350 * day);
    expect(lifeOf(late.cert)).toBeLessThan(16 * day);
  });

  test.each(names)('is for the name %s', (name) => {
    expect(readCertificate(leaf.cert)?.checkHost(name)).toBe(name);
  });

  test.each([
    ['is good when new', leaf, authority.cert, 0, undefined],
    ['is due after 20 days', leaf, authority.cert, 20 * day, 'due'],
    ['is not valid after 30', leaf, authority.cert, 30 * day, 'not-valid-now'],
    ['is trusted by a bundle of both', leaf, other.cert + authority.cert, 0, undefined],
    ['is not trusted by another authority', leaf, other.cert, 0, 'untrusted'],
    ['needs its own key', { ...leaf, key: other.key }, authority.cert, 0, 'key-mismatch'],
    ['must be there', { cert: '', key: '' }, authority.cert, 0, 'absent'],
  ])('%s', (_what, pair, bundle, offset, fault) => {
    expect(inspectLeaf(pair, bundle, names, now + offset)).toBe(fault);
  });

  test('for other names is refused', () => {
    expect(inspectLeaf(leaf, authority.cert, [...names, 'else.svc'], now)).toBe('wrong-names');
  });

  test('is not trusted through an authority that has expired', () => {
    const certificate = readCertificate(leaf.cert);
    expect(certificate !== undefined && chainsTo(certificate, authority.cert, now + 366 * day)).toBe(false);
  });
});

describe('a bundle', () => {
  test('is tidied of doubles, garbage, leaves and what has expired', async () => {
    const old = await issueAuthority(now - 400 * day);
    const messy = `${authority.cert}garbage\n${old.cert}${leaf.cert}${other.cert}${authority.cert}`;
    expect(tidyBundle(messy, now)).toBe(authority.cert + other.cert);
  });

  test('is left as it is when it is tidy', () => {
    expect(tidyBundle(authority.cert + other.cert, now)).toBe(authority.cert + other.cert);
  });

  test('of nothing readable is empty', () => {
    expect(readBundle('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----')).toEqual([]);
  });
});
