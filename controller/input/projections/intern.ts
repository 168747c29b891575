import type { WorkloadReference } from '../../model/snapshot.ts';

/** Gives equal values one place in memory: the pods of one template differ in little else than their names. */
export interface Interner {
  text(text: string): string;
  labels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  reference(reference: WorkloadReference): WorkloadReference;
  /** Any small immutable value, under a key that tells it from all others of its kind. */
  shared<Value>(key: string, make: () => Value): Value;
}

const noLabels: Readonly<Record<string, string>> = {};

/**
 * Remembers at most `limit` texts and as many other values; then it starts over, which costs a second copy of what is
 * still in use and keeps what is not from staying for ever.
 */
export function makeInterner(limit: number): Interner {
  // Apart from the rest, so that a text is its own key and not kept twice.
  const texts = new Map<string, string>();
  const values = new Map<string, unknown>();

  const shared = <Value>(key: string, make: () => Value): Value => {
    const known = values.get(key);
    if (known !== undefined) return known as Value;
    if (values.size >= limit) values.clear();
    const made = make();
    values.set(key, made);
    return made;
  };

  const text = (one: string): string => {
    const known = texts.get(one);
    if (known !== undefined) return known;
    if (texts.size >= limit) texts.clear();
    texts.set(one, one);
    return one;
  };

  return {
    text,
    labels: (labels) => {
      const entries = Object.entries(labels);
      if (entries.length === 0) return noLabels;
      const key = entries
        .map(([name, value]) => `${name}=${value}`)
        .toSorted()
        .join(',');
      return shared(`l ${key}`, () => Object.fromEntries(entries.map(([name, value]) => [text(name), text(value)])));
    },
    reference: (reference) => shared(`r ${reference.kind} ${reference.uid} ${reference.name}`, () => reference),
    shared: (key, make) => shared(`v ${key}`, make),
  };
}

/** Shares nothing: for a single object that is read once. */
export const nothingShared: Interner = {
  text: (text) => text,
  labels: (labels) => labels,
  reference: (reference) => reference,
  shared: (_key, make) => make(),
};
