const quantity = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

const multipliers: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/**
 * Value of a Kubernetes quantity (`250m`, `64Mi`, `1e3`, 2), or undefined when it is none or is negative.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(value: unknown): number | undefined {
  const match = quantity.exec(typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '');
  if (match === null) return undefined;
  const [, digits, suffix, exponent] = match;
  const multiplier = suffix === undefined ? 10 ** Number(exponent ?? 0) : (multipliers[suffix] ?? Number.NaN);
  return Number(digits) * multiplier;
}
