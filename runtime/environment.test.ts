import { describe, expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';
import { AutopilotError } from './errors.ts';

const schema = {
  type: 'object',
  required: ['AUTOPILOT_NAME'],
  properties: {
    AUTOPILOT_NAME: { type: 'string', minLength: 1, description: 'A name.' },
    AUTOPILOT_SECONDS: { type: 'integer', minimum: 1, maximum: 60, default: 5, description: 'A time.' },
    AUTOPILOT_LEVEL: { type: 'string', enum: ['low', 'high'], default: 'low', description: 'A level.' },
    AUTOPILOT_FLAG: { type: 'boolean', description: 'A switch.' },
  },
} as const;

function problemsOf(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    readEnvironment(schema, environment);
  } catch (error) {
    return error instanceof AutopilotError ? `${error.code} ${error.message}` : String(error);
  }
  return 'none';
}

describe('readEnvironment', () => {
  test('fills in defaults and turns text into the types of the schema', () => {
    expect(readEnvironment(schema, { AUTOPILOT_NAME: 'x', AUTOPILOT_FLAG: 'true', AUTOPILOT_SECONDS: '7' })).toEqual({
      AUTOPILOT_NAME: 'x',
      AUTOPILOT_SECONDS: 7,
      AUTOPILOT_LEVEL: 'low',
      AUTOPILOT_FLAG: true,
    });
  });

  test('takes an empty variable as unset', () => {
    const settings = readEnvironment(schema, { AUTOPILOT_NAME: 'x', AUTOPILOT_SECONDS: '', AUTOPILOT_FLAG: '' });
    expect(settings.AUTOPILOT_SECONDS).toBe(5);
    expect(settings.AUTOPILOT_FLAG).toBeUndefined();
  });

  test('names every problem at once, without a value', () => {
    const problems = problemsOf({
      AUTOPILOT_SECONDS: 's3cret',
      AUTOPILOT_LEVEL: 's3cret',
      AUTOPILOT_FLAG: 's3cret',
      AUTOPILOT_SECOND: 's3cret',
    });
    expect(problems).toContain('AP_SETTINGS_INVALID');
    expect(problems.split('\n').slice(1).toSorted()).toEqual([
      '  AUTOPILOT_FLAG must be boolean',
      '  AUTOPILOT_LEVEL must be one of low, high',
      '  AUTOPILOT_NAME is required',
      '  AUTOPILOT_SECOND is not a setting',
      '  AUTOPILOT_SECONDS must be integer',
    ]);
  });

  test.each([
    ['0', 'must be >= 1'],
    ['61', 'must be <= 60'],
    ['1.5', 'must be integer'],
  ])('refuses %s seconds', (value, problem) => {
    expect(problemsOf({ AUTOPILOT_NAME: 'x', AUTOPILOT_SECONDS: value })).toContain(`AUTOPILOT_SECONDS ${problem}`);
  });

  test('leaves variables of others alone', () => {
    expect(problemsOf({ AUTOPILOT_NAME: 'x', PATH: '/bin' })).toBe('none');
  });
});
