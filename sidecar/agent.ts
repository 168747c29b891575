import { agentVariables } from '#contract/agent-settings.ts';
import type { Recording } from '#contract/recording.ts';
import type { ProbeFailure, ProbeState } from '#contract/report.ts';
import { runCanary } from './canary.ts';
import { makeCommander } from './commander.ts';
import type { Host, Page } from './host.ts';
import { makeLog } from './log.ts';
import { metricsText, readCpuSeconds, readResidentBytes } from './metrics-text.ts';
import { nextHeartbeatMilliseconds } from './pace.ts';
import { findPowers } from './powers.ts';
import { buildReport } from './report.ts';
import { makeReflex } from './reflex.ts';
import { makeReportSender } from './sender.ts';
import { readAgentSettings } from './settings.ts';
import { agentVersion } from './version.ts';
import { makeSampler, type Sampler } from './signals/sampler.ts';
import { makeWatcher, type Watcher } from './watcher.ts';

/** A try that began longer ago than this, beyond its own timeout, means that the agent hangs. Milliseconds. */
const stallMilliseconds = 120_000;

const maximumProcBytes = 8_192;

/**
 * Runs the agent on a host: watches the app's probes and reports them until the host stops it.
 * Settings that can't be used end the process with code 1; nothing that the network or the controller does ends it.
 */
export async function runAgent(host: Host): Promise<void> {
  const log = makeLog(host);
  if (host.variables[agentVariables.canary] === 'true') return runCanary(host, log);
  const read = readAgentSettings(host.variables);
  if ('problems' in read) {
    log('error', 'settings are not usable', { problems: read.problems });
    host.exit(1);
    return;
  }
  const { settings } = read;
  const startedAt = host.now();
  const failures: Record<ProbeFailure, number> = { refused: 0, timeout: 0, status: 0, closed: 0 };
  let tries = 0;
  let sequence = 0;

  const { powers, cacheFolders, off } = await findPowers(host, settings);
  const volumes = cacheFolders.map(({ volume }) => volume);
  let heardAt = host.monotonic();
  const sender = makeReportSender({
    host,
    log,
    ...settings,
    onAccepted: (answer) => {
      heardAt = host.monotonic();
      sampler.learn(answer);
    },
  });
  const onEnding = (containerId: string): void => sampler.noteOwnEnding(containerId);
  const commander = makeCommander({ host, log, ...settings, powers, cacheFolders, onEnding });
  const report = (recording: Recording | undefined, carriesFinding: boolean): void => {
    sequence += 1;
    const reflexes = reflex?.done() ?? [];
    const seen = { forecasts: sampler.forecasts(), vanished: sampler.vanished(), recording, reflexes };
    sender.send(
      buildReport({ pod: settings.pod, startedAt, sequence, powers }, probes(), seen, host.now()),
      carriesFinding,
    );
  };
  const sampler: Sampler = await makeSampler({
    host,
    log,
    volumes,
    onNews: (reason) => {
      const [forecasts, vanished] = [sampler.forecasts(), sampler.vanished()];
      if (reason !== 'asked') log('info', 'app changed', { reason, forecasts, vanished });
      report(sampler.record(reason), reason !== 'asked');
    },
  });
  const watchers: readonly Watcher[] = settings.targets.map((target) =>
    makeWatcher(target, {
      host,
      address: settings.podIp,
      intervalSeconds: settings.probeSeconds,
      hangSeconds: settings.hangSeconds,
      onTry: (watcher, result, latencySeconds) => {
        tries += 1;
        if (!result.ok) failures[result.failure] += 1;
        sampler.noteTry(watcher.target, result, latencySeconds);
      },
      onNews: (watcher, result) => {
        const { state, consecutiveFailures, pastThreshold } = watcher.record();
        const { container, probe } = watcher.target;
        log('info', 'probe changed', { container, probe, state, consecutiveFailures, pastThreshold, ...result });
        report(state === 'failing' ? sampler.record('probe', pastThreshold) : undefined, true);
      },
    }),
  );

  const probes = () => watchers.map((watcher) => ({ target: watcher.target, record: watcher.record() }));
  // Where injection gave no power to restart a container there is nothing that a reflex could do.
  const reflex =
    settings.reflexGraceSeconds !== undefined && powers.includes('restart-container')
      ? makeReflex({
          host,
          log,
          hangSeconds: settings.hangSeconds,
          graceSeconds: settings.reflexGraceSeconds,
          probes,
          heardAt: () => heardAt,
          containerId: (container) => sampler.containerId(container),
          onEnding,
          onDone: () => report(sampler.record('probe', true), true),
        })
      : undefined;

  const beat = (): void => {
    report(undefined, false);
    host.after(nextHeartbeatMilliseconds(host.random()), beat);
  };

  const metricsPage = async (): Promise<Page> => {
    const status = await host.readFile('/proc/self/status', maximumProcBytes);
    const stat = await host.readFile('/proc/self/stat', maximumProcBytes);
    const states: Record<ProbeState, number> = { unknown: 0, succeeding: 0, failing: 0 };
    for (const { record } of probes()) states[record.state] += 1;
    const body = metricsText({
      probes: states,
      failures,
      tries,
      reports: sender.counts(),
      commands: commander.counts(),
      signals: sampler.figures(),
      residentBytes: 'text' in status ? readResidentBytes(status.text) : undefined,
      cpuSeconds: 'text' in stat ? readCpuSeconds(stat.text) : undefined,
    });
    return { status: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8', body };
  };

  const healthPage = (): Page => {
    const now = host.monotonic();
    const stalled = watchers.some(
      (watcher) => now - (watcher.lastTryAt() ?? now) > watcher.target.timeoutSeconds * 1000 + stallMilliseconds,
    );
    return { status: stalled ? 503 : 200, contentType: 'text/plain', body: stalled ? 'probes stand still\n' : 'ok\n' };
  };

  host.onStop(() => {
    log('info', 'stopping');
    host.exit(0);
  });
  for (const watcher of watchers) watcher.start();
  sampler.start();
  reflex?.start();
  beat();
  // Without a power there is nothing to be asked for, and each agent that listens holds a connection.
  if (powers.length > 0) commander.start();
  const signals = sampler.processesOff === undefined ? 'on' : `off: ${sampler.processesOff}`;
  const { port } = settings;
  log('info', 'agent started', {
    version: agentVersion,
    probes: watchers.length,
    port,
    powers,
    processSignals: signals,
  });
  if (Object.keys(off).length > 0) log('warn', 'powers that the pod asks for are off', off);

  const problem = await host.serve(settings.port, async (path) => {
    if (path === '/metrics') return metricsPage();
    return path === '/healthz' ? healthPage() : undefined;
  });
  // An app may have taken the port at run time. Ending here would make its pod unready for a page that few read.
  if (problem !== undefined) log('warn', 'health and metrics are not served', { problem, port: settings.port });
}
