import type { ProbeTarget } from '#contract/agent-settings.ts';
import type { Recording } from '#contract/recording.ts';
import {
  reportVersion,
  type MemoryForecast,
  type ProbeReport,
  type Reflex,
  type Report,
  type VanishedProcess,
} from '#contract/report.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import type { ProbeRecord } from './probe-record.ts';
import { agentVersion } from './version.ts';

/** What a report says about its sender. */
export interface Sender {
  readonly pod: Report['pod'];
  readonly startedAt: number;
  readonly sequence: number;
  readonly powers: readonly AgentPower[];
}

/** What is seen beyond probes. */
export interface Seen {
  readonly forecasts: readonly MemoryForecast[];
  readonly vanished: readonly VanishedProcess[];
  readonly recording: Recording | undefined;
  readonly reflexes: readonly Reflex[];
}

export interface WatchedProbe {
  readonly target: ProbeTarget;
  readonly record: ProbeRecord;
}

/** Puts all that is known at `now` into the agreed shape. */
export function buildReport(sender: Sender, probes: readonly WatchedProbe[], seen: Seen, now: number): Report {
  const { forecasts, vanished, recording, reflexes } = seen;
  return {
    version: reportVersion,
    pod: sender.pod,
    agent: { version: agentVersion, startedAt: instant(sender.startedAt), sequence: sender.sequence },
    sentAt: instant(now),
    probes: probes.map(probeReport),
    ...(sender.powers.length === 0 ? {} : { powers: [...sender.powers] }),
    ...(forecasts.length === 0 ? {} : { memory: [...forecasts] }),
    ...(vanished.length === 0 ? {} : { vanished: [...vanished] }),
    ...(reflexes.length === 0 ? {} : { reflexes: [...reflexes] }),
    ...(recording === undefined ? {} : { recorder: recording }),
  };
}

function probeReport({ target, record }: WatchedProbe): ProbeReport {
  const { failure, statusCode, latencySeconds, lastSuccessAt, failingSince } = record;
  return {
    container: target.container,
    probe: target.probe,
    state: record.state,
    ...(failure === undefined ? {} : { failure }),
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(latencySeconds === undefined ? {} : { latencySeconds }),
    consecutiveFailures: record.consecutiveFailures,
    ...(lastSuccessAt === undefined ? {} : { lastSuccessAt: instant(lastSuccessAt) }),
    ...(failingSince === undefined ? {} : { failingSince: instant(failingSince) }),
    periodSeconds: target.periodSeconds,
    timeoutSeconds: target.timeoutSeconds,
    failureThreshold: target.failureThreshold,
  };
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
