import { expect, it } from 'vitest';
import { tableLines } from './table.ts';

it('shows seconds since the fault in aligned columns, and says never where it never came to that', () => {
  const lines = tableLines([
    {
      fault: 'crash loop',
      seenSeconds: 1.04,
      actedSeconds: 1.26,
      healthySeconds: undefined,
      resolvedSeconds: undefined,
      kubeletAlone: 'still down',
    },
  ]);
  expect(lines).toEqual([
    'fault       seen after  acted after  healthy after  resolved after  the kubelet alone, by now',
    '──────────  ──────────  ───────────  ─────────────  ──────────────  ─────────────────────────',
    'crash loop  1.0 s       1.3 s        never          never           still down',
  ]);
});
