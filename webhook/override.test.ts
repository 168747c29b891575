import { describe, expect, test } from 'vitest';
import { exampleOverride, makePod } from '#test/support/admission.ts';
import { chooseOverride, controllerOf, readOverride } from './override.ts';

const caps = { maximumMemory: 2 ** 30, maximumFactor: 4 };
const owner = { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid: 'owner-uid' };

function stored(spec: object = {}, metadata: object = {}) {
  return {
    metadata: { namespace: 'shop', name: 'more', creationTimestamp: '2026-05-04T02:59:00Z', ...metadata },
    spec: {
      owner,
      memory: [{ container: 'cart', limit: '512Mi' }],
      avoidNodes: ['node-7'],
      expiresAt: '2026-05-04T03:30:00Z',
      ...spec,
    },
  };
}

const read = (object: object) => readOverride({ ...object }, caps, (namespace) => namespace === 'kube-system');

describe('an override', () => {
  test('is read as the API has it', () => {
    expect(read(stored())).toEqual({ override: exampleOverride({ name: 'more' }) });
  });

  test.each([
    ['no spec', 'Malformed', { metadata: stored().metadata }],
    ['an owner without uid', 'Malformed', stored({ owner: { kind: 'ReplicaSet', name: 'x' } })],
    ['a time that is none', 'Malformed', stored({ expiresAt: 'soon' })],
    ['no time of creation', 'Malformed', stored({}, { creationTimestamp: undefined })],
    ['an amount that is none', 'Malformed', stored({ memory: [{ container: 'cart', limit: 'lots' }] })],
    ['25 hours', 'TooLong', stored({ expiresAt: '2026-05-05T04:00:00Z' })],
    ['more than the operator allows', 'AboveCap', stored({ memory: [{ container: 'cart', limit: '1025Mi' }] })],
    ['a namespace that is never touched', 'ExcludedNamespace', stored({}, { namespace: 'kube-system' })],
  ])('with %s is not usable: %s', (_what, problem, object) => {
    expect(read(object)).toEqual({ problem });
  });

  test('may hold for 24 hours and ask for all that is allowed', () => {
    const most = stored({ expiresAt: '2026-05-05T02:59:00Z', memory: [{ container: 'cart', limit: '1Gi' }] });
    expect(read(most)).toHaveProperty('override');
  });
});

describe('the choice of an override', () => {
  const now = Date.parse('2026-05-04T03:00:00Z');
  const choose = (...candidates: Parameters<typeof chooseOverride>[0]) =>
    chooseOverride(candidates, owner, 'shop', now);

  test('is the newest that holds, whatever the order in which they came', () => {
    const older = exampleOverride({ name: 'older', createdAt: now - 120_000 });
    const newer = exampleOverride({ name: 'newer', createdAt: now - 1_000 });
    expect(choose(older, newer).override?.name).toBe('newer');
    expect(choose(newer, older).override?.name).toBe('newer');
    const gone = exampleOverride({ name: 'gone', createdAt: now, expiresAt: now });
    expect(choose(newer, gone).override?.name).toBe('newer');
  });

  test('of two of one second is the same for every replica', () => {
    const [a, b] = [exampleOverride({ name: 'a' }), exampleOverride({ name: 'b' })];
    expect(choose(a, b).override?.name).toBe(choose(b, a).override?.name);
  });

  test.each([
    ['another namespace', { namespace: 'bank' }],
    ['another name', { owner: { ...owner, name: 'cart' } }],
    ['another kind', { owner: { ...owner, kind: 'Job' } }],
  ])('never falls on one of %s, and counts it', (_what, changes) => {
    expect(choose(exampleOverride(changes))).toEqual({ override: undefined, problems: ['Foreign'] });
  });
});

test('the controller of a pod is the one owner that controls it', () => {
  const reference = { apiVersion: 'apps/v1', ...owner };
  const of = (ownerReferences: unknown) => controllerOf(makePod({}, { ownerReferences }));
  expect(
    of([
      { ...reference, uid: 'other' },
      { ...reference, controller: true },
    ]),
  ).toEqual(owner);
  expect([of([reference]), of(undefined), of('text'), of([{ controller: true }])]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
