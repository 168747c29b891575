import { expect, test } from 'vitest';
import { agentTable } from './agent-table.ts';

const mebibyte = 1024 * 1024;
const agent = { name: 'one', imageBytes: 3.4 * mebibyte, restarts: 0, threads: 1, startMilliseconds: 21.6 };

test('growth and CPU are told from the third minute on, when an agent has settled', () => {
  const samples = [0, 60, 120, 180, 240].map((seconds) => ({
    at: seconds * 1000,
    workingSetBytes: (seconds < 120 ? 0.5 : 1 + (seconds - 120) / 3600) * mebibyte,
    cpuSeconds: seconds * 0.001,
  }));
  const [, , row] = agentTable([{ ...agent, samples }]);
  expect(row).toBe('| one | 1.03 | 1.03 | 3.3 | 1.00 | 0.100 | 22 | 1 | 3.4 |');
});

test('what is not known is left open', () => {
  const [, , row] = agentTable([{ ...agent, threads: undefined, startMilliseconds: undefined, samples: [] }]);
  expect(row).toBe('| one | – | – | – | – | – | – | – | 3.4 |');
});
