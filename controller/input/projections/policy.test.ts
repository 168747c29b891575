import fc from 'fast-check';
import { expect, test } from 'vitest';
import { policyModes } from '#contract/vocabulary.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import { handlers } from '../../handlers/index.ts';
import { makeProjectPolicy } from './policy.ts';
import { selectsNothing } from './policy-selector.ts';

const project = makeProjectPolicy(handlers);

const metadata = {
  namespace: 'shop',
  name: 'ours',
  uid: 'policy-1',
  generation: 3,
  creationTimestamp: '2026-01-01T12:00:00Z',
};

function projected(spec: unknown, more: object = {}) {
  return project({ metadata: { ...metadata, ...more }, spec } as KubeObject);
}

function ladderOf(...steps: readonly object[]) {
  return projected({ ladders: [{ failureClasses: ['CrashLoopBackOff'], steps }] });
}

const reasonsOf = ({ problems }: { readonly problems: readonly { readonly reason: string }[] }): readonly string[] =>
  problems.map(({ reason }) => reason);

test('reads an empty policy as one that selects everything, acts, and leaves the numbers to the operator', () => {
  expect(projected({})).toEqual({
    scope: 'namespace',
    namespace: 'shop',
    name: 'ours',
    uid: 'policy-1',
    generation: 3,
    createdAt: Date.UTC(2026, 0, 1, 12),
    selector: {},
    mode: 'Act',
    ladders: new Map(),
    windows: [],
    driftAllowed: false,
    localDataDisposable: false,
    recreate: 'Never',
    problems: [],
  });
});

test('reads every field', () => {
  expect(
    projected({
      selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
      mode: 'Approve',
      budget: { actionsPerHour: 0 },
      cooldown: { seconds: 60, maximumSeconds: 600 },
      breaker: { percentage: 50, minimumPods: 2, halfOpenSeconds: 300 },
      verification: { healthySeconds: 10, timeoutSeconds: 90 },
      maintenanceWindows: [{ schedule: '0 2 * * 6', durationMinutes: 60 }],
      standDownSeconds: 0,
      approvalSeconds: 3_600,
      allow: { drift: true, localDataLoss: true },
      notifications: { sinks: ['discord', 'slack'] },
    }),
  ).toMatchObject({
    selector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    mode: 'Approve',
    actionsPerHour: 0,
    cooldownSeconds: 60,
    cooldownMaximumSeconds: 600,
    breakerPercentage: 50,
    breakerPodsAtLeast: 2,
    breakerHalfOpenSeconds: 300,
    verifyHealthySeconds: 10,
    verifyTimeoutSeconds: 90,
    windows: [{ schedule: '0 2 * * 6', timeZone: 'Etc/UTC', durationMinutes: 60 }],
    standDownSeconds: 0,
    approvalSeconds: 3_600,
    driftAllowed: true,
    localDataDisposable: true,
    routes: ['slack', 'discord'],
    problems: [],
  });
});

test('knows a cluster’s policy by its lack of a namespace, and only there selects namespaces', () => {
  const spec = { namespaceSelector: { matchLabels: { team: 'a' } } };
  expect(projected(spec, { namespace: undefined })).toMatchObject({ scope: 'cluster', ...spec });
  expect(projected(spec)).not.toHaveProperty('namespaceSelector');
});

test('fills in what a step leaves out, its handler’s settings included', () => {
  const step = { handler: 'scale-replicas', settings: { add: 2 } };
  expect(ladderOf(step).ladders.get('CrashLoopBackOff')).toEqual([
    {
      handler: 'scale-replicas',
      settings: { add: 2, maximum: 10, expirySeconds: 600 },
      maxAttempts: 3,
      waitSeconds: 0,
    },
  ]);
});

const badSteps: readonly [what: string, step: object, reason: string, message: RegExp][] = [
  [
    'an unknown handler',
    { handler: 'reboot' },
    'UnknownHandler',
    /steps\[0\]\.handler "reboot" is none of restart-pod/,
  ],
  ['a name of every object', { handler: 'constructor' }, 'UnknownHandler', /constructor/],
  ['no handler', {}, 'UnknownHandler', /handler "" is none of/],
  [
    'a setting unknown',
    { handler: 'clear-cache', settings: { evcit: true } },
    'InvalidSettings',
    /"evcit".*only evict/,
  ],
  ['a setting of no setting', { handler: 'restart-pod', settings: { a: 1 } }, 'InvalidSettings', /takes no settings/],
  ['a wrong type', { handler: 'clear-cache', settings: { evict: 'yes' } }, 'InvalidSettings', /must be a boolean/],
  ['a value out of range', { handler: 'scale-replicas', settings: { add: 0 } }, 'InvalidSettings', /an integer from 1/],
  ['a fraction', { handler: 'scale-replicas', settings: { add: 1.5 } }, 'InvalidSettings', /an integer from 1 to 100/],
  ['settings that are a list', { handler: 'restart-pod', settings: [] }, 'InvalidSettings', /is no object/],
  ['too many attempts', { handler: 'restart-pod', maxAttempts: 21 }, 'InvalidSettings', /out of its range/],
  ['a remedy for something else', { handler: 'restart-container' }, 'HandlerDoesNotFit', /CrashLoopBackOff/],
];

test.each(badSteps)('leaves out a step with %s and says so', (_what, step, reason, message) => {
  const policy = ladderOf(step, { handler: 'restart-pod' });
  expect(policy.ladders.get('CrashLoopBackOff')?.map(({ handler }) => handler)).toEqual(['restart-pod']);
  expect(policy.problems).toEqual([{ reason, message: expect.stringMatching(message) }]);
});

test('calls a person where no step of a ladder can be used', () => {
  expect(ladderOf({ handler: 'reboot' }).ladders.get('CrashLoopBackOff')).toMatchObject([{ handler: 'escalate' }]);
});

test('keeps a step for the classes that it fits', () => {
  const { ladders, problems } = projected({
    ladders: [{ failureClasses: ['AppHung', 'ConfigError'], steps: [{ handler: 'restart-pod' }] }],
  });
  expect(ladders.get('AppHung')).toMatchObject([{ handler: 'restart-pod' }]);
  expect(ladders.get('ConfigError')).toMatchObject([{ handler: 'escalate' }]);
  expect(problems).toMatchObject([{ reason: 'HandlerDoesNotFit' }]);
});

const good = { schedule: '0 2 * * *', timeZone: 'Europe/Berlin', durationMinutes: 60 };
const badWindows: readonly [what: string, window: object, reason: string, message: RegExp][] = [
  ['six fields', { ...good, schedule: '0 0 2 * * *' }, 'InvalidSchedule', /five fields/],
  ['a nickname', { ...good, schedule: '@daily' }, 'InvalidSchedule', /"@daily".*five fields/],
  ['a minute that is none', { ...good, schedule: '60 * * * *' }, 'InvalidSchedule', /minute: 60/],
  ['a day that never comes', { ...good, schedule: '0 0 31 2 *' }, 'InvalidSchedule', /never opens/],
  ['a very long schedule', { ...good, schedule: `${'0,'.repeat(60)}0 * * * *` }, 'InvalidSchedule', /too long/],
  ['no schedule', { durationMinutes: 5 }, 'InvalidSchedule', /is no text/],
  ['no duration', { schedule: '0 2 * * *' }, 'InvalidSchedule', /durationMinutes/],
  ['a place that is none', { ...good, timeZone: 'Mars/Olympus' }, 'InvalidTimeZone', /"Mars\/Olympus"/],
];

test.each(badWindows)('leaves out a window with %s and keeps the others', (_what, window, reason, message) => {
  const policy = projected({ maintenanceWindows: [window, good] });
  expect(policy).toMatchObject({ mode: 'Act', windows: [good] });
  expect(policy.problems).toEqual([{ reason, message: expect.stringMatching(message) }]);
});

test.each(badWindows)('only observes where the one window has %s', (_what, window, reason) => {
  const policy = projected({ maintenanceWindows: [window] });
  expect(policy).toMatchObject({ mode: 'Observe', windows: [] });
  expect(reasonsOf(policy)).toEqual([reason, 'InvalidSchedule']);
});

test('stays off where no window can be read', () => {
  expect(projected({ mode: 'Off', maintenanceWindows: ['never'] }).mode).toBe('Off');
});

test('only observes under a mode that it does not know', () => {
  expect(projected({ mode: 'Rampage' })).toMatchObject({ mode: 'Observe', problems: [{ reason: 'InvalidSettings' }] });
});

const badSelectors: readonly unknown[] = [
  'all',
  [],
  { matchlabels: {} },
  { matchLabels: { app: 1 } },
  { matchExpressions: [{ key: 'a', operator: 'Like' }] },
  { matchExpressions: [{ key: 'a', operator: 'In', values: [1] }] },
  { matchExpressions: {} },
];

test.each(badSelectors)('selects nothing by the unreadable selector %j', (selector) => {
  const policy = projected({ selector });
  expect(policy.selector).toEqual(selectsNothing);
  expect(reasonsOf(policy)).toEqual(['InvalidSelector']);
});

test('leaves a number that is out of bounds to the operator', () => {
  expect(projected({ budget: { actionsPerHour: 1e9 }, cooldown: { seconds: '5' } })).toEqual(projected({}));
});

const garbage = fc.anything({ maxDepth: 3 });
const specs = fc.record(
  {
    selector: garbage,
    mode: fc.oneof(fc.constantFrom(...policyModes), garbage),
    ladders: fc.oneof(garbage, fc.array(fc.record({ failureClasses: garbage, steps: fc.array(garbage) }))),
    maintenanceWindows: fc.oneof(
      garbage,
      fc.array(fc.record({ schedule: fc.string(), timeZone: fc.string(), durationMinutes: fc.integer() })),
    ),
    budget: garbage,
    allow: garbage,
    notifications: garbage,
  },
  { requiredKeys: [] },
);

test('takes anything without throwing, says what is wrong within bounds, and never acts where windows are unreadable', () => {
  fc.assert(
    fc.property(fc.oneof(specs, garbage), fc.oneof(fc.constant(metadata), garbage), (spec, about) => {
      const policy = project({ metadata: about, spec } as unknown as KubeObject);
      expect(policy.problems.length).toBeLessThanOrEqual(16);
      for (const { message } of policy.problems) expect(message.length).toBeLessThanOrEqual(300);
      const windows = (spec as { maintenanceWindows?: unknown } | null | undefined)?.maintenanceWindows;
      const unreadable = Array.isArray(windows) && windows.length > 0 && policy.windows.length === 0;
      expect(unreadable && (policy.mode === 'Act' || policy.mode === 'Approve')).toBe(false);
    }),
  );
});

test.each([
  ['Evict', 'Evict'],
  ['Delete', 'Never'],
  [undefined, 'Never'],
])('reads injection.recreate: %s as %s', (word, mode) => {
  expect(projected({ injection: { recreate: word } }).recreate).toBe(mode);
});
