import { parseQuantity } from '#contract/quantity.ts';

/**
 * Bytes that a Kubernetes quantity such as `64Mi`, `1e9` or `128974848000m` stands for, rounded up as the kubelet does;
 * undefined when it is none.
 */
export function bytesOf(value: unknown): number | undefined {
  const amount = parseQuantity(value);
  return amount === undefined ? undefined : Math.ceil(amount);
}
