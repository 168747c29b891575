import { expect, test } from 'vitest';
import { redact, redactLines } from './redact.ts';

const secrets: readonly [line: string, redacted: string][] = [
  ['GET /orders Authorization: Basic dXNlcjpwYXNz', 'GET /orders Authorization: [redacted]'],
  ['{"authorization":"Bearer abc.def","path":"/"}', '{"authorization":"[redacted]","path":"/"}'],
  ['sending bearer abcdef123456 to upstream', 'sending bearer [redacted] to upstream'],
  ['password=hunter2 user=joe', 'password=[redacted] user=joe'],
  ['DB_PASSWORD: "hunter 2", host: db', 'DB_PASSWORD: [redacted], host: db'],
  ["config {'client_secret': 'x y', 'id': 7}", "config {'client_secret': [redacted], 'id': 7}"],
  [String.raw`body "{\"token\":\"abc\",\"n\":1}"`, String.raw`body "{\"token\":[redacted],\"n\":1}"`],
  ['?api_key=12345&page=2', '?api_key=[redacted]&page=2'],
  ['X-Api-Key: 12345', 'X-Api-Key: [redacted]'],
  ['run --db-password hunter2 --port 80', 'run --db-password [redacted] --port 80'],
  ['connect postgres://joe:hunter2@db:5432/shop failed', 'connect postgres://[redacted]@db:5432/shop failed'],
  ['amqp://token@queue/', 'amqp://[redacted]@queue/'],
  ['key AKIAIOSFODNN7EXAMPLE refused', 'key [redacted] refused'],
  ['wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', '[redacted]'],
  ['jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln x', 'jwt [redacted] x'],
  ['digest d41d8cd98f00b204e9800998ecf8427e', 'digest [redacted]'],
  ['blob QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=', 'blob [redacted]'],
  ['-----BEGIN RSA PRIVATE KEY----- MIIEow -----END RSA PRIVATE KEY----- done', '[redacted] done'],
];

test.each(secrets)('blanks out the secret of %s', (line, redacted) => {
  expect(redact(line)).toBe(redacted);
});

const harmless = [
  'Error: connect ECONNREFUSED 10.0.0.7:5432',
  '    at Object.<anonymous> (/srv/application/node_modules/express/lib/router/index.js:284:10)',
  'java.lang.OutOfMemoryError: Java heap space in NoSuchBeanDefinitionExceptionHandlerAdapter',
  'pod web-frontend-deployment-7d9f8b6c5d-x2x4z of 123e4567-e89b-12d3-a456-426614174000 ends',
  'listening on http://0.0.0.0:8080/',
  'user@example.com is not known',
];

test.each(harmless)('leaves %s as it is', (line) => {
  expect(redact(line)).toBe(line);
});

test('blanks out a key that goes over several lines, also where its beginning was cut off', () => {
  const key = ['-----BEGIN PRIVATE KEY-----', 'short', 'c2hvcnQ=', '-----END PRIVATE KEY-----'];
  expect(redactLines(['before', ...key, 'after'])).toEqual(['before', ...key.map(() => '[redacted]'), 'after']);
  expect(redactLines(['c2hvcnQ=', '-----END PRIVATE KEY-----', 'after'])).toEqual([
    '[redacted]',
    '[redacted]',
    'after',
  ]);
});

test('is done soon with a line that is made to keep it busy', () => {
  const began = performance.now();
  for (const part of ['a', 'token', '-', 'a=', '"', '\\', 'eyJ', '://']) redact(part.repeat(8192 / part.length));
  expect(performance.now() - began).toBeLessThan(2_000);
});
