/** An object of which only the names of its fields are believed: each value is checked where it is used. */
export type Unchecked<Value extends object> = Partial<Readonly<Record<keyof Value, unknown>>>;

/** Most characters of someone else's text within a sentence of ours. */
const quotedCharacters = 63;

/** The value as an object; one without any field for everything that is none. */
export function fieldsOf<Value extends object>(value: unknown): Unchecked<Value> {
  return isObject(value) ? (value as Unchecked<Value>) : {};
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** At most as many items as the schema lets through; none for what is no list. */
export function itemsOf(value: unknown, { maxItems }: { readonly maxItems: number }): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, maxItems) : [];
}

/** The value where it is an integer within the bounds of its schema. */
export function integerOf(
  value: unknown,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= minimum && value <= maximum
    ? value
    : undefined;
}

/** Someone else's text for a sentence of ours: shortened, and without line ends. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return JSON.stringify(text.length > quotedCharacters ? `${text.slice(0, quotedCharacters)}…` : text);
}
