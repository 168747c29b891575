import { expect, test } from 'vitest';
import { makeRestartCount } from './restarts.ts';

test('a container begins anew when it has another id, and waiting in between counts nothing', () => {
  const restarts = makeRestartCount();
  for (const id of ['1', undefined, '1', '2', undefined, '3']) {
    restarts.learn([{ name: 'app', ...(id === undefined ? {} : { id }) }]);
  }
  restarts.learn([{ name: 'proxy', id: '9' }]);
  expect([...restarts.counts()]).toEqual([
    ['app', 2],
    ['proxy', 0],
  ]);
});
