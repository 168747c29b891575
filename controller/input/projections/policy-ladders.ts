import { defaultMaxAttempts, ladderSchema } from '#contract/policy-ladder.ts';
import { policySpecSchema, type PolicySpec } from '#contract/policy.ts';
import { failureClasses, type FailureClass } from '#contract/vocabulary.ts';
import type { Handler, HandlerSettings, SettingsSchema } from '../../model/plan.ts';
import type { LadderStep, PolicySnapshot } from '../../model/policy.ts';
import type { ReportProblem } from './policy-problems.ts';
import { fieldsOf, integerOf, isObject, itemsOf, quoted } from './unchecked.ts';

type RawLadder = NonNullable<PolicySpec['ladders']>[number];
type RawStep = RawLadder['steps'][number];
type SettingSchema = SettingsSchema['properties'][string];

const { failureClasses: classesSchema, steps: stepsSchema } = ladderSchema.properties;
const stepBounds = stepsSchema.items.properties;

/** A text that a handler takes without naming the ones it knows. */
const maximumSettingCharacters = 253;

/** What stands where no step of a ladder can be used: nothing is tried, and the failure is not passed over in silence. */
const aPerson: LadderStep = { handler: 'escalate', settings: {}, maxAttempts: 1, waitSeconds: 0 };

interface UsableStep {
  readonly step: LadderStep;
  readonly handler: Handler;
  readonly path: string;
}

/** The steps that can be used, by failure class. A step fits one class of its ladder and not another. */
export function projectLadders(
  value: unknown,
  handlers: ReadonlyMap<string, Handler>,
  report: ReportProblem,
): PolicySnapshot['ladders'] {
  const ladders = new Map<FailureClass, readonly LadderStep[]>();
  for (const [index, item] of itemsOf(value, policySpecSchema.properties.ladders).entries()) {
    const ladder = fieldsOf<RawLadder>(item);
    const steps = itemsOf(ladder.steps, stepsSchema).flatMap(
      (raw, place) => stepOf(raw, `ladders[${index}].steps[${place}]`, handlers, report) ?? [],
    );
    for (const failureClass of itemsOf(ladder.failureClasses, classesSchema).filter(isFailureClass)) {
      if (ladders.has(failureClass)) continue;
      const fitting = steps.filter((usable) => fits(usable, failureClass, report)).map(({ step }) => step);
      ladders.set(failureClass, fitting.length === 0 ? [aPerson] : fitting);
    }
  }
  return ladders;
}

function fits({ handler, path }: UsableStep, failureClass: FailureClass, report: ReportProblem): boolean {
  if (handler.failureClasses.includes(failureClass)) return true;
  report('HandlerDoesNotFit', `${path}: ${handler.name} does not remedy ${failureClass}.`);
  return false;
}

function stepOf(
  raw: unknown,
  path: string,
  handlers: ReadonlyMap<string, Handler>,
  report: ReportProblem,
): UsableStep | undefined {
  const fields = fieldsOf<RawStep>(raw);
  const handler = typeof fields.handler === 'string' ? handlers.get(fields.handler) : undefined;
  if (handler === undefined) {
    const known = [...handlers.keys()].join(', ');
    report('UnknownHandler', `${path}.handler ${quoted(fields.handler)} is none of ${known}.`);
    return undefined;
  }
  const maxAttempts = integerOf(fields.maxAttempts ?? defaultMaxAttempts, stepBounds.maxAttempts);
  const waitSeconds = integerOf(fields.waitSeconds ?? 0, stepBounds.waitSeconds);
  const settings = settingsOf(fields.settings, handler, `${path}.settings`, report);
  if (settings === undefined) return undefined;
  if (maxAttempts === undefined || waitSeconds === undefined) {
    report('InvalidSettings', `${path}: maxAttempts or waitSeconds is out of its range.`);
    return undefined;
  }
  return { step: { handler: handler.name, settings, maxAttempts, waitSeconds }, handler, path };
}

/** Complete settings, or undefined when one does not fit: half of what was asked for is not what was asked for. */
function settingsOf(
  value: unknown,
  { name, settings: schema }: Handler,
  path: string,
  report: ReportProblem,
): HandlerSettings | undefined {
  if (value !== undefined && value !== null && !isObject(value)) {
    report('InvalidSettings', `${path} is no object.`);
    return undefined;
  }
  const given: Readonly<Record<string, unknown>> = value ?? {};
  const unknown = Object.keys(given).find((key) => !Object.hasOwn(schema.properties, key));
  if (unknown !== undefined) {
    const known = Object.keys(schema.properties).join(', ');
    const takes = known === '' ? 'no settings' : `only ${known}`;
    report('InvalidSettings', `${path}.${quoted(unknown)}: ${name} takes ${takes}.`);
    return undefined;
  }
  const wrong = Object.entries(schema.properties).find(
    ([key, setting]) => Object.hasOwn(given, key) && !isSetting(given[key], setting),
  );
  if (wrong !== undefined) {
    report('InvalidSettings', `${path}.${wrong[0]} must be ${rangeOf(wrong[1])}.`);
    return undefined;
  }
  return Object.fromEntries(
    Object.entries(schema.properties).map(([key, setting]) => [
      key,
      Object.hasOwn(given, key) ? (given[key] as HandlerSettings[string]) : setting.default,
    ]),
  );
}

function isSetting(value: unknown, { type, minimum, maximum, enum: values }: SettingSchema): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && (values?.includes(value) ?? value.length <= maximumSettingCharacters);
    case 'integer':
    case 'number':
      return (
        typeof value === 'number' &&
        (type === 'integer' ? Number.isInteger(value) : Number.isFinite(value)) &&
        value >= (minimum ?? Number.NEGATIVE_INFINITY) &&
        value <= (maximum ?? Number.POSITIVE_INFINITY)
      );
  }
}

function rangeOf({ type, minimum, maximum, enum: values }: SettingSchema): string {
  if (values !== undefined) return `one of ${values.join(', ')}`;
  const article = type === 'integer' ? 'an' : 'a';
  return minimum === undefined || maximum === undefined
    ? `${article} ${type}`
    : `${article} ${type} from ${minimum} to ${maximum}`;
}

function isFailureClass(value: unknown): value is FailureClass {
  return (failureClasses as readonly unknown[]).includes(value);
}
