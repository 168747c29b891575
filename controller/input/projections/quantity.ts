const quantity = /^\+?(\d+(?:\.\d*)?|\.\d+)(?:([mkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

const multipliers: Readonly<Record<string, number>> = {
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
 * Bytes that a Kubernetes quantity such as `64Mi`, `1e9` or `128974848000m` stands for, rounded up as the kubelet does;
 * undefined when it is none.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function bytesOf(value: unknown): number | undefined {
  const match = quantity.exec(typeof value === 'number' ? String(value) : typeof value === 'string' ? value : '');
  if (match === null) return undefined;
  const [, digits, suffix, exponent] = match;
  const multiplier = suffix === undefined ? 10 ** Number(exponent ?? 0) : (multipliers[suffix] ?? Number.NaN);
  return Math.ceil(Number(digits) * multiplier);
}
