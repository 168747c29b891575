import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveRedirect } from './redirect.ts';

const from = { secure: false, port: 8080, path: '/a/b?c=1' };

describe('resolveRedirect', () => {
  test.each([
    ['/login', { ...from, path: '/login' }],
    ['/login#top', { ...from, path: '/login' }],
    ['d', { ...from, path: '/a/d' }],
    ['?d=2', { ...from, path: '/a/b?d=2' }],
    ['', from],
    ['http://10.0.0.7/x', { secure: false, port: 80, path: '/x' }],
    ['https://10.0.0.7', { secure: true, port: 443, path: '/' }],
    ['HTTPS://10.0.0.7:8443?x', { secure: true, port: 8443, path: '/?x' }],
    ['//10.0.0.7:9090/x', { secure: false, port: 9090, path: '/x' }],
  ])('follows %s to the same host', (location, destination) => {
    expect(resolveRedirect(from, '10.0.0.7', location)).toEqual(destination);
  });

  test('knows an IPv6 host with and without brackets', () => {
    expect(resolveRedirect(from, 'fd00::7', 'http://[FD00::7]:81/x')).toEqual({ secure: false, port: 81, path: '/x' });
  });

  test.each([
    'http://10.0.0.70/x',
    'http://169.254.169.254/',
    '//evil/x',
    'http://10.0.0.7@evil/',
    'ftp://10.0.0.7/',
    'mailto:x',
  ])('does not follow %s', (location) => {
    expect(resolveRedirect(from, '10.0.0.7', location)).toBeUndefined();
  });

  test('gives a path to ask for, or nothing, whatever it is told', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl()), (location) => {
        const next = resolveRedirect(from, '10.0.0.7', location);
        expect(next === undefined || next.path.startsWith('/')).toBe(true);
      }),
    );
  });
});
