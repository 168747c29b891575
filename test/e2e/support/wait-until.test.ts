import { expect, it } from 'vitest';
import { notYet, waitUntil } from './wait-until.ts';

it('asks again until there is an answer', async () => {
  let asked = 0;
  expect(await waitUntil('three', 5, async () => ((asked += 1) < 3 ? notYet(String(asked)) : asked))).toBe(3);
});

it('fails with what it saw last', async () => {
  const waiting = waitUntil('a ready pod', 0, async () => notYet('Pending'));
  await expect(waiting).rejects.toThrow('not within 0 s: a ready pod\ninstead: Pending');
});

it('passes a failure on at once', async () => {
  const waiting = waitUntil('a ready pod', 60, () => Promise.reject(new Error('forbidden')));
  await expect(waiting).rejects.toThrow('forbidden');
});
