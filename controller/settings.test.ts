import { expect, test } from 'vitest';
import type { EnvironmentSchema } from '#runtime/environment.ts';
import { limits } from '#test/support/snapshots.ts';
import { limitsOf } from './limits-of.ts';
import { allowedCidrs, readSettings, settingsSchema } from './settings.ts';

const least = {
  AUTOPILOT_NAMESPACE: 'infra-autopilot',
  AUTOPILOT_POD_NAME: 'controller-1',
  AUTOPILOT_DEPLOYMENT: 'controller',
  AUTOPILOT_LEASE: 'controller',
  AUTOPILOT_TLS_SECRET: 'tls',
  AUTOPILOT_INJECTION_CONFIGMAP: 'injection',
};

test('fills in the defaults and takes empty variables for unset ones', () => {
  expect(readSettings({ ...least, AUTOPILOT_SLACK_URL: '', AUTOPILOT_SINK_ALLOWED_CIDRS: '' })).toMatchObject({
    AUTOPILOT_COOLDOWN_SECONDS: 120,
    AUTOPILOT_MAX_ATTEMPTS: 3,
    AUTOPILOT_VERIFY_HEALTHY_SECONDS: 20,
    AUTOPILOT_VERIFY_TIMEOUT_SECONDS: 120,
  });
});

test('names every problem at once', () => {
  const environment = { AUTOPILOT_COOLDOWN_SECONDS: 'soon', AUTOPILOT_WEBHOOK_URL: 'ftp://x', AUTOPILOT_COLDOWN: '1' };
  const read = (): unknown => readSettings(environment);
  for (const name of [
    'AUTOPILOT_NAMESPACE is required',
    'AUTOPILOT_DEPLOYMENT is required',
    'AUTOPILOT_LEASE is required',
    'AUTOPILOT_TLS_SECRET is required',
    'AUTOPILOT_INJECTION_CONFIGMAP is required',
    'AUTOPILOT_COOLDOWN_SECONDS must be integer',
    'AUTOPILOT_WEBHOOK_URL must match',
    'AUTOPILOT_COLDOWN is not a setting',
    'AUTOPILOT_WEBHOOK_URL and AUTOPILOT_WEBHOOK_SECRET must be set together',
  ]) {
    expect(read).toThrow(name);
  }
});

test('wants a verification that can end in time', () => {
  const environment = { ...least, AUTOPILOT_VERIFY_HEALTHY_SECONDS: '60', AUTOPILOT_VERIFY_TIMEOUT_SECONDS: '30' };
  expect(() => readSettings(environment)).toThrow('AUTOPILOT_VERIFY_TIMEOUT_SECONDS must not be below');
});

test('wants a cool-down that does not end above its maximum', () => {
  const environment = { ...least, AUTOPILOT_COOLDOWN_SECONDS: '60', AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS: '30' };
  expect(() => readSettings(environment)).toThrow('AUTOPILOT_COOLDOWN_MAXIMUM_SECONDS must not be below');
});

test('keeps incidents for longer than the limits look back', () => {
  expect(() => readSettings({ ...least, AUTOPILOT_INCIDENT_MAXIMUM_AGE_HOURS: '4' })).toThrow('must be >= 5');
});

test('makes the limits that the rest of the tests are written for', () => {
  expect(limitsOf(readSettings(least))).toEqual(limits);
});

test('takes each limit from a setting of its own', () => {
  const settings: EnvironmentSchema['properties'] = settingsSchema.properties;
  const defaults = limitsOf(readSettings(least));
  for (const [name, { minimum, default: value }] of Object.entries(settings)) {
    if (minimum === undefined || name.startsWith('AUTOPILOT_INCIDENT_')) continue;
    const changed = limitsOf(readSettings({ ...least, [name]: String(Number(value) + 1) }));
    expect(differences(defaults, changed), name).toBe(1);
  }
  expect(limitsOf(readSettings({ ...least, AUTOPILOT_DRIFT_ACTIONS: 'true' })).driftAllowed).toBe(true);
});

function differences(one: object, other: object): number {
  const values = (object: object): readonly unknown[] =>
    Object.values(object).flatMap((value: unknown) => (typeof value === 'object' && value ? values(value) : [value]));
  const others = values(other);
  return values(one).filter((value, index) => value !== others[index]).length;
}

test('never repeats a secret in its complaint', () => {
  const environment = {
    ...least,
    AUTOPILOT_WEBHOOK_URL: 'https://x.test',
    AUTOPILOT_WEBHOOK_SECRET: 'not base64 at all!',
  };
  expect(() => readSettings(environment)).toThrow('AUTOPILOT_WEBHOOK_SECRET must match');
  expect(() => readSettings(environment)).not.toThrow('not base64');
});

test('splits the allowed ranges', () => {
  const settings = readSettings({ ...least, AUTOPILOT_SINK_ALLOWED_CIDRS: '10.0.0.0/8, fd00::/8' });
  expect(allowedCidrs(settings)).toEqual(['10.0.0.0/8', 'fd00::/8']);
});
