import { expect } from 'vitest';
import { offerPolicy } from './support/policies.ts';
import { test } from './support/test.ts';

const steps = [{ handler: 'restart-pod' }];

const malformed: readonly { readonly what: string; readonly spec: object; readonly sentence: string }[] = [
  {
    what: 'calls a person before its other steps',
    spec: { ladders: [{ failureClasses: ['CrashLoopBackOff'], steps: [{ handler: 'escalate' }, ...steps] }] },
    sentence: 'escalate calls a person, so that it may only be the last step',
  },
  {
    what: 'has two ladders for one failure class',
    spec: {
      ladders: [
        { failureClasses: ['OOMKilled'], steps },
        { failureClasses: ['OOMKilled', 'AppHung'], steps },
      ],
    },
    sentence: 'a failure class may be in one ladder only',
  },
  {
    what: 'names a failure class that is none',
    spec: { ladders: [{ failureClasses: ['CrashLoop'], steps }] },
    sentence: 'supported values: "CrashLoopBackOff"',
  },
  { what: 'has a mode that is none', spec: { mode: 'Auto' }, sentence: 'supported values: "Off", "Observe"' },
  {
    what: 'opens its window by something other than five fields',
    spec: { maintenanceWindows: [{ schedule: '@weekly', durationMinutes: 60 }] },
    sentence: 'a schedule has five fields',
  },
  {
    what: 'could never verify anything',
    spec: { verification: { healthySeconds: 60, timeoutSeconds: 30 } },
    sentence: 'verification.timeoutSeconds must be at least verification.healthySeconds',
  },
  { what: 'has a field that is none', spec: { laders: [] }, sentence: 'unknown field "spec.laders"' },
];

test('the API server refuses a malformed policy, with a sentence that says what is wrong', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  for (const { what, spec, sentence } of malformed) {
    const answer = await offerPolicy(cluster, name, spec);
    expect(answer, what).toMatchObject({ ok: false, message: expect.stringContaining(sentence) });
  }
});
