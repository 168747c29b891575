import { labelSelectorSchema } from '#contract/label-selector.ts';
import type { LabelSelector } from '../../model/policy.ts';
import { fieldsOf, isObject, itemsOf } from './unchecked.ts';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

const { matchExpressions: expressionsSchema } = labelSelectorSchema.properties;
const operators: readonly unknown[] = expressionsSchema.items.properties.operator.enum;

/** `In` without values holds for no labels at all. */
export const selectsNothing: LabelSelector = { matchExpressions: [{ key: 'none', operator: 'In', values: [] }] };

/** A selector as it is written; undefined for one that can not be read, which must never be taken for one that selects all. */
export function projectSelector(value: unknown): LabelSelector | undefined {
  if (value === undefined || value === null) return {};
  if (!isObject(value) || Object.keys(value).some((key) => !Object.hasOwn(labelSelectorSchema.properties, key))) {
    return undefined;
  }
  const { matchLabels, matchExpressions } = fieldsOf<LabelSelector>(value);
  if (matchLabels !== undefined && !isTexts(matchLabels)) return undefined;
  if (matchExpressions !== undefined && !Array.isArray(matchExpressions)) return undefined;
  const expressions = itemsOf(matchExpressions, expressionsSchema).flatMap((item) => expressionOf(item) ?? []);
  if (Array.isArray(matchExpressions) && expressions.length < matchExpressions.length) return undefined;
  return {
    ...(matchLabels === undefined ? {} : { matchLabels }),
    ...(matchExpressions === undefined ? {} : { matchExpressions: expressions }),
  };
}

function expressionOf(value: unknown): Expression | undefined {
  const { key, operator, values } = fieldsOf<Expression>(value);
  if (typeof key !== 'string' || !operators.includes(operator)) return undefined;
  if (values !== undefined && !(Array.isArray(values) && values.every((item) => typeof item === 'string'))) {
    return undefined;
  }
  return {
    key,
    operator: operator as Expression['operator'],
    ...(values === undefined ? {} : { values: values as readonly string[] }),
  };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((item) => typeof item === 'string');
}
