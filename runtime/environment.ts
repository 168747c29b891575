import { Ajv, type ErrorObject } from 'ajv';
import { AutopilotError } from './errors.ts';

/** Prefix of every setting. A variable that carries it and is not in the schema is reported: it is a typing error. */
const settingPrefix = 'AUTOPILOT_';

/** JSON Schema of one setting: the part of the language that an environment variable needs. */
interface SettingSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean';
  readonly description: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface EnvironmentSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, SettingSchema>>;
  readonly required: readonly string[];
}

type SettingValue<Setting extends SettingSchema> = Setting extends { readonly enum: readonly (infer Value)[] }
  ? Value
  : { string: string; integer: number; number: number; boolean: boolean }[Setting['type']];

/** The values that a schema describes; a setting that is neither required nor defaulted may be undefined. */
export type Settings<Schema extends EnvironmentSchema> = {
  readonly [Name in keyof Schema['properties']]:
    | SettingValue<Schema['properties'][Name]>
    | (Name extends Schema['required'][number]
        ? never
        : Schema['properties'][Name] extends { readonly default: unknown }
          ? never
          : undefined);
};

/**
 * Reads settings out of an environment by a JSON Schema whose property names are the variables' names.
 * Empty variables count as unset. Strings are coerced to the schema's types and its defaults are filled in.
 * Values never appear in the message: they may be secrets.
 *
 * @throws AutopilotError AP_SETTINGS_INVALID that names every problem at once, one a line.
 */
export function readEnvironment<const Schema extends EnvironmentSchema>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): Settings<Schema> {
  const known = Object.keys(schema.properties);
  const values: Record<string, unknown> = {};
  for (const name of known) {
    const value = environment[name];
    if (value !== undefined && value !== '') values[name] = value;
  }
  const validate = new Ajv({ allErrors: true, coerceTypes: true, useDefaults: true, strict: true }).compile(schema);
  const problems = validate(values) ? [] : (validate.errors ?? []).map(describeProblem);
  for (const name of Object.keys(environment)) {
    if (name.startsWith(settingPrefix) && !known.includes(name)) problems.push(`${name} is not a setting`);
  }
  if (problems.length > 0) {
    throw new AutopilotError('AP_SETTINGS_INVALID', `settings are not usable:\n  ${problems.join('\n  ')}`);
  }
  return values as Settings<Schema>;
}

function describeProblem(problem: ErrorObject): string {
  if (problem.keyword === 'required') return `${String(problem.params['missingProperty'])} is required`;
  const name = problem.instancePath.slice(1);
  if (problem.keyword === 'enum') {
    return `${name} must be one of ${(problem.params['allowedValues'] as readonly unknown[]).join(', ')}`;
  }
  return `${name} ${problem.message ?? 'is malformed'}`;
}
