import { expect, test } from 'vitest';
import { incident } from '#test/support/snapshots.ts';
import type { Incident } from '#contract/incident.ts';
import { makeIncidentStore } from './incident-store.ts';

const version = (resourceVersion: string, uid = 'incident-uid'): Incident => {
  const base = incident();
  return { ...base, metadata: { ...base.metadata, uid, resourceVersion } };
};
const seen = (current: Incident | undefined) => ({ key: 'shop/web-crash', previous: undefined, current });
const versions = (store: ReturnType<typeof makeIncidentStore>) =>
  store.ofWorkload('web-uid').map(({ metadata }) => metadata.resourceVersion);

test('shows our own write before the watch brings it', () => {
  const store = makeIncidentStore();
  store.written(version('9'));
  expect(versions(store)).toEqual(['9']);
});

test('does not fall back to a state from before our own write', () => {
  const store = makeIncidentStore();
  store.written(version('10'));
  store.observed(seen(version('9')));
  expect(versions(store)).toEqual(['10']);
  store.observed(seen(version('11')));
  expect(versions(store)).toEqual(['11']);
});

test('takes an incident of the same name that was created anew', () => {
  const store = makeIncidentStore();
  store.written(version('10'));
  store.observed(seen(version('8', 'another')));
  expect(versions(store)).toEqual(['8']);
});

test('forgets a deleted incident', () => {
  const store = makeIncidentStore();
  store.observed(seen(version('1')));
  store.observed(seen(undefined));
  expect(versions(store)).toEqual([]);
});
