import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { metricsText, readCpuSeconds, readResidentBytes } from './metrics-text.ts';

const metrics = {
  probes: { unknown: 0, succeeding: 2, failing: 1 },
  failures: { refused: 3, timeout: 0, status: 0, closed: 0 },
  tries: 12,
  reports: { sent: 5, refused: 0, failed: 1, dropped: 0, waiting: 0 },
  commands: { done: 1, refused: 0, failed: 0 },
  signals: { memoryUsedRatio: 0.5, openFilesUsedRatio: undefined, zombies: 0, forecasts: 1, vanished: 0 },
  residentBytes: 1024,
  cpuSeconds: 0.25,
};

test('each line is a comment or a sample with a name of ours', () => {
  const lines = metricsText(metrics).trimEnd().split('\n');
  for (const line of lines) {
    expect(line).toMatch(/^(# (HELP|TYPE) autopilot_agent_|autopilot_agent_[a-z_]+(\{[a-z]+="[a-z]+"\})? [0-9.]+$)/);
  }
  expect(lines).toContain('autopilot_agent_probe_failures_total{failure="refused"} 3');
  expect(lines).toContain('autopilot_agent_app_findings{finding="memory"} 1');
});

test('what the host can’t tell is left out with its description', () => {
  expect(metricsText({ ...metrics, residentBytes: undefined })).not.toContain('resident');
  expect(metricsText(metrics)).not.toContain('open_files');
});

test('the kernel’s own files are read', () => {
  expect(readResidentBytes(readFileSync('/proc/self/status', 'utf8'))).toBeGreaterThan(1_000_000);
  expect(readCpuSeconds(readFileSync('/proc/self/stat', 'utf8'))).toBeGreaterThan(0);
});

test('a process name with spaces and brackets shifts nothing', () => {
  const fields = Array.from({ length: 40 }, (_, index) => String(index + 1));
  expect(readCpuSeconds(`1 (a) b) S ${fields.join(' ')}`)).toBe((11 + 12) / 100);
  expect(readCpuSeconds('garbage')).toBeUndefined();
  expect(readResidentBytes('garbage')).toBeUndefined();
});
