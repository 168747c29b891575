import { describe, expect, test } from 'vitest';
import { maximumEvidenceLines } from '#contract/incident.ts';
import type { Report } from '#contract/report.ts';
import { memoryExhaustionPredicted } from '../controller/detectors/memory-exhaustion-predicted.ts';
import { processVanished } from '../controller/detectors/process-vanished.ts';
import { minuteBefore } from '../controller/input/minute-before.ts';
import { reportAnswer } from '../controller/input/report-answer.ts';
import { makeReportStore } from '../controller/input/report-store.ts';
import type { Detector, Finding } from '../controller/model/finding.ts';
import { runAgent } from '../sidecar/agent.ts';
import { fakeEpoch, makeFakeHost } from './support/fake-host.ts';
import { appContainer, showProcesses, type FakeProcess } from './support/fake-processes.ts';
import { container, pod, snapshot } from './support/snapshots.ts';

const mebibyte = 1_048_576;
const limitBytes = 512 * mebibyte;
const main: FakeProcess = { processId: 20, container: appContainer, anonymousBytes: 64 * mebibyte };

/** An agent whose reports go to the controller's own store, and what its detectors make of them. */
async function start() {
  const host = makeFakeHost({
    AUTOPILOT_REPORT_URL: 'https://controller.autopilot.svc/v1/reports',
    AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
    AUTOPILOT_TOKEN_FILE: '/token',
    AUTOPILOT_NAMESPACE: 'shop',
    AUTOPILOT_POD_NAME: 'web-abc-1',
    AUTOPILOT_POD_UID: 'pod-1',
    AUTOPILOT_POD_IP: '10.0.0.7',
    AUTOPILOT_PROBES: '[]',
  });
  const seen = pod({
    containers: [container({ containerId: appContainer, memoryLimitBytes: limitBytes, startedAt: fakeEpoch - 60_000 })],
  });
  const reports: Report[] = [];
  const store = makeReportStore();
  let away = false;
  host.answers.post = (body) => {
    if (away) return { outcome: 'failed', message: 'ECONNREFUSED' };
    const report = JSON.parse(body) as Report;
    reports.push(report);
    store.take(report, host.now());
    const answer = reportAnswer(seen, { recordedAt: undefined, now: host.now() });
    return { outcome: 'answer', status: 200, body: JSON.stringify(answer) };
  };
  showProcesses(host, [main]);
  await runAgent(host);
  const find = (detector: Detector): readonly Finding[] => {
    const agent = store.agentOf('pod-1');
    return detector.detect(snapshot({ pods: [seen], agents: new Map(agent ? [['pod-1', agent]] : []) }), host.now());
  };
  const goAway = (isAway: boolean): void => {
    away = isAway;
  };
  return { host, reports, find, goAway };
}

describe('what an agent sees', () => {
  test('becomes a finding of a leak 5 s before the limit or sooner, with the minute before in words', async () => {
    const { host, reports, find } = await start();
    await host.advance(30_000);
    const began = host.now();
    let foundAt = Infinity;
    for (let second = 1; second < 24 && foundAt === Infinity; second += 1) {
      showProcesses(host, [{ ...main, anonymousBytes: (64 + 19.07 * second) * mebibyte }]);
      await host.advance(1_000);
      if (find(memoryExhaustionPredicted).length > 0) foundAt = host.now();
    }
    expect(began + (448 / 19.07) * 1000 - foundAt).toBeGreaterThanOrEqual(5_000);
    const recording = reports.findLast(({ recorder }) => recorder !== undefined)?.recorder;
    const lines = recording === undefined ? [] : minuteBefore(recording);
    expect(lines[0]).toMatch(/when a full memory was foreseen$/);
    expect(lines[1]).toMatch(/^memory of app 64 → \d+ of 512 MiB in \d+ s$/);
    expect(lines.length).toBeLessThanOrEqual(maximumEvidenceLines);
  });

  test('becomes a finding of a vanished process once the node had time to notice', async () => {
    const { host, find } = await start();
    await host.advance(10_000);
    showProcesses(host, []);
    await host.advance(2_000);
    expect(find(processVanished)).toEqual([]);
    await host.advance(5_000);
    expect(find(processVanished)).toHaveLength(1);
  });

  test('is no finding any more when it comes long after', async () => {
    const { host, reports, find, goAway } = await start();
    await host.advance(10_000);
    goAway(true);
    for (let second = 1; second < 24; second += 1) {
      showProcesses(host, [{ ...main, anonymousBytes: (64 + 19.07 * second) * mebibyte }]);
      await host.advance(1_000);
    }
    showProcesses(host, [main]);
    await host.advance(60_000);
    goAway(false);
    const before = reports.length;
    const found: Finding[] = [];
    for (let step = 0; step < 200; step += 1) {
      await host.advance(100);
      found.push(...find(memoryExhaustionPredicted));
    }
    const late = reports.slice(before).filter(({ memory }) => memory !== undefined);
    expect(late.map(({ waitedSeconds = 0 }) => waitedSeconds > 50)).toEqual([true]);
    expect(found).toEqual([]);
  });
});
