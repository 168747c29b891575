import { parseQuantity } from '#contract/quantity.ts';

/** Whether two quantities mean the same amount: `1` and `1000m` do. Tolerates the rounding of binary fractions. */
export function sameQuantity(left: unknown, right: unknown): boolean {
  const leftValue = parseQuantity(left);
  const rightValue = parseQuantity(right);
  if (leftValue === undefined || rightValue === undefined) return false;
  return Math.abs(leftValue - rightValue) <= Math.max(leftValue, rightValue) * 1e-12;
}
