import { expect, test } from 'vitest';
import { pod } from '#test/support/snapshots.ts';
import { lacksAgent } from './lacks-agent.ts';
import type { NamespaceView } from './projections/metadata.ts';

const shop: NamespaceView = { name: 'shop', mode: 'enabled', paused: false, localDataDisposable: false, labels: {} };
const optedOut: NamespaceView = { ...shop, agentsOptedOut: true };
const byDefault = pod({ lacksAgent: 'by-default' });
const byOwnWord = pod({ lacksAgent: 'by-own-word' });

test.each([
  ['a pod that carries it', pod(), shop, false],
  ['a pod without a word', byDefault, shop, true],
  ['a pod without a word in a namespace that wants none', byDefault, optedOut, false],
  ['a pod that asks for it in a namespace that wants none', byOwnWord, optedOut, true],
  ['a namespace that only observes', byDefault, { ...shop, mode: 'observe' as const }, true],
  ['a namespace that is not opted in', byOwnWord, { ...shop, mode: 'disabled' as const }, false],
  ['a namespace that is not known', byOwnWord, undefined, false],
])('%s', (_name, one, namespace, lacks) => {
  expect(lacksAgent(one, namespace)).toBe(lacks);
});
