import { expect, test } from 'vitest';
import { failingPod, finding, noon, snapshot } from '#test/support/snapshots.ts';
import { causes, failureClasses, type CauseName } from '#contract/vocabulary.ts';
import { maximumMessageCharacters } from '#contract/incident.ts';
import type { Finding } from '../model/finding.ts';
import { escalate } from './escalate.ts';

function said(found: Finding): string {
  const plan = escalate.plan(found, snapshot(), {}, noon);
  return 'escalate' in plan ? plan.escalate : '';
}

test('tells what was found, why, and the command that shows more', () => {
  expect(said(finding())).toBe(
    'Container app keeps ending. The process ended by itself with exit code 1. ' +
      'See how it ended: kubectl -n shop logs web-abc-1 -c app --previous',
  );
});

test('names the Secret that is missing, as the evidence has it', () => {
  const cause = { name: 'missing-secret', message: 'Secret shop-db does not exist.' } as const;
  expect(said(finding({ failureClass: 'ConfigError', cause }))).toMatch(/Secret shop-db.*get secrets$/);
});

test('does not say the same sentence twice', () => {
  const { cause } = finding();
  expect(said(finding({ message: `Container app failed. ${cause.message}` })).split(cause.message)).toHaveLength(2);
});

test('has a hint for every failure class and every cause, with a pod and without', () => {
  const named = { ...finding(), pod: failingPod() };
  const nameless: Finding = { ...named, pod: undefined };
  const { container: _none, ...without } = nameless;
  for (const failureClass of failureClasses) {
    for (const name of Object.keys(causes) as CauseName[]) {
      for (const found of [named, nameless, without]) {
        const text = said({ ...found, failureClass, cause: { name, message: causes[name] } });
        expect(text.length).toBeGreaterThan(found.message.length + causes[name].length + 10);
        expect(text.length).toBeLessThan(maximumMessageCharacters);
        expect(text).not.toContain('undefined');
      }
    }
  }
});
