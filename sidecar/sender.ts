import type { Report } from '#contract/report.ts';
import { currentAuthorities } from './authorities.ts';
import type { Host, PostAnswer } from './host.ts';
import type { Log } from './log.ts';
import { makeOutbox } from './outbox.ts';
import { sendBackoffMilliseconds } from './pace.ts';

/** Reports that wait while the controller is away. Each is complete, so a few are enough to tell the story. */
const outboxLimit = 16;

const postTimeoutMilliseconds = 5_000;

/** A projected token is about 1 KiB. */
const maximumTokenBytes = 16_384;

export interface SendCounts {
  /** Accepted by the controller. */
  readonly sent: number;
  /** Refused for good: trying again would not help. */
  readonly refused: number;
  /** Attempts that failed and are repeated. */
  readonly failed: number;
  /** Never sent, because newer ones filled the box. */
  readonly dropped: number;
  readonly waiting: number;
}

export interface ReportSender {
  send(report: Report): void;
  counts(): SendCounts;
}

export interface SenderParts {
  readonly host: Host;
  readonly log: Log;
  readonly reportUrl: string;
  readonly authorities: string;
  readonly authoritiesFile: string | undefined;
  readonly tokenFile: string;
}

/** Sends one report after the other, in order; a failure waits and is repeated, and never holds up the probes. */
export function makeReportSender(parts: SenderParts): ReportSender {
  const { host, log, reportUrl, tokenFile } = parts;
  const outbox = makeOutbox<Report>(outboxLimit);
  const counts = { sent: 0, refused: 0, failed: 0 };
  let busy = false;
  let failures = 0;

  const post = async (report: Report): Promise<PostAnswer> => {
    const token = await host.readFile(tokenFile, maximumTokenBytes);
    if ('problem' in token) return { outcome: 'failed', message: `token: ${token.problem}` };
    return host.post({
      url: reportUrl,
      authorities: await currentAuthorities(host, parts),
      bearerToken: token.text.trim(),
      body: JSON.stringify(report),
      timeoutMilliseconds: postTimeoutMilliseconds,
    });
  };

  const settle = (report: Report, answer: PostAnswer): void => {
    const verdict = verdictOf(answer);
    if (verdict === 'sent') {
      if (failures > 0) log('info', 'reports get through again', { failures });
      failures = 0;
      counts.sent += 1;
    } else if (verdict === 'refused') {
      counts.refused += 1;
      log('error', 'report refused', detailOf(answer));
    } else {
      counts.failed += 1;
      failures += 1;
      if (failures === 1) log('warn', 'report failed, trying again', detailOf(answer));
      outbox.putBack(report);
      const retryAfter = answer.outcome === 'answer' ? answer.retryAfterSeconds : undefined;
      host.after(sendBackoffMilliseconds(failures, host.random(), retryAfter), resume);
      return;
    }
    resume();
  };

  const resume = (): void => {
    const report = outbox.take();
    busy = report !== undefined;
    if (report !== undefined) void post(report).then((answer) => settle(report, answer));
  };

  return {
    send: (report) => {
      outbox.push(report);
      if (!busy) resume();
    },
    counts: () => ({ ...counts, dropped: outbox.dropped(), waiting: outbox.waiting() }),
  };
}

/** 401 and 403 may pass: a token is renewed, a controller learns of a new pod. */
function verdictOf(answer: PostAnswer): 'sent' | 'refused' | 'again' {
  if (answer.outcome === 'failed') return 'again';
  if (answer.status >= 200 && answer.status < 300) return 'sent';
  return answer.status === 400 || answer.status === 413 || answer.status === 422 ? 'refused' : 'again';
}

function detailOf(answer: PostAnswer): Readonly<Record<string, unknown>> {
  return answer.outcome === 'answer' ? { status: answer.status } : { reason: answer.message };
}
