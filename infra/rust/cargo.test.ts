import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { describeRustProblem } from './cargo.ts';

test.each([
  ['rustc 1.88.0 (6b00bc388 2025-06-23)', undefined],
  ['rustc 1.96.0', undefined],
  ['rustc 2.0.0', undefined],
  ['rustc 1.63.0', 'Rust 1.88 or newer is needed, here is rustc 1.63.0'],
  ['nonsense', 'Rust 1.88 or newer is needed, here is nonsense'],
  [undefined, 'rustc is missing or does not run'],
])('%s: %s', (version, problem) => {
  expect(describeRustProblem(version)).toBe(problem);
});

test('the crate asks for the same Rust', async () => {
  const manifest = await readFile('sidecar/hosts/quickjs/Cargo.toml', 'utf8');
  expect(describeRustProblem(`rustc ${/^rust-version = "(.*)"$/m.exec(manifest)?.[1]}`)).toBeUndefined();
});
