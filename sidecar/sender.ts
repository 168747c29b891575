import type { Report } from '#contract/report.ts';
import { currentAuthorities } from './authorities.ts';
import type { Host, PostAnswer } from './host.ts';
import type { Log } from './log.ts';
import { makeOutbox, outboxLimits, type Letter } from './outbox.ts';
import { sendBackoffMilliseconds } from './pace.ts';

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
  /** With a finding and never sent, because newer ones filled the box. */
  readonly dropped: number;
  readonly waiting: number;
}

export interface ReportSender {
  send(report: Report, carriesFinding: boolean): void;
  counts(): SendCounts;
}

export interface SenderParts {
  readonly host: Host;
  readonly log: Log;
  readonly reportUrl: string;
  readonly authorities: string;
  readonly authoritiesFile: string | undefined;
  readonly tokenFile: string;
  /** Takes the body of the answer to a report that was accepted. */
  readonly onAccepted: (answer: string) => void;
}

/** Sends one report after the other, in order; a failure waits and is repeated, and never holds up the probes. */
export function makeReportSender(parts: SenderParts): ReportSender {
  const { host, log, reportUrl, tokenFile } = parts;
  const outbox = makeOutbox(outboxLimits);
  const counts = { sent: 0, refused: 0, failed: 0 };
  let busy = false;
  let failures = 0;

  const post = async (letter: Letter): Promise<PostAnswer> => {
    const token = await host.readFile(tokenFile, maximumTokenBytes);
    if ('problem' in token) return { outcome: 'failed', message: `token: ${token.problem}` };
    return host.post({
      url: reportUrl,
      authorities: await currentAuthorities(host, parts),
      bearerToken: token.text.trim(),
      body: withWait(letter, host.monotonic()),
      timeoutMilliseconds: postTimeoutMilliseconds,
    });
  };

  const settle = (letter: Letter, answer: PostAnswer): void => {
    const verdict = verdictOf(answer);
    if (verdict === 'sent') {
      if (failures > 0) log('info', 'reports get through again', { failures });
      failures = 0;
      counts.sent += 1;
      if (answer.outcome === 'answer') parts.onAccepted(answer.body);
    } else if (verdict === 'refused') {
      counts.refused += 1;
      log('error', 'report refused', detailOf(answer));
    } else {
      counts.failed += 1;
      failures += 1;
      if (failures === 1) log('warn', 'report failed, trying again', detailOf(answer));
      outbox.putBack(letter);
      const retryAfter = answer.outcome === 'answer' ? answer.retryAfterSeconds : undefined;
      host.after(sendBackoffMilliseconds(failures, host.random(), retryAfter), resume);
      return;
    }
    resume();
  };

  const resume = (): void => {
    const letter = outbox.take();
    busy = letter !== undefined;
    if (letter !== undefined) void post(letter).then((answer) => settle(letter, answer));
  };

  return {
    send: (report, carriesFinding) => {
      outbox.push({ body: JSON.stringify(report), carriesFinding, writtenAt: host.monotonic() });
      if (!busy) resume();
    },
    counts: () => ({ ...counts, dropped: outbox.dropped(), waiting: outbox.waiting() }),
  };
}

/** A second or two are the way; more is a wait that the controller should know of. Milliseconds. */
const toldMilliseconds = 2_000;

/** The report, with how long it has waited: the controller must not take old news for new. */
function withWait({ body, writtenAt }: Letter, now: number): string {
  const waited = now - writtenAt;
  return waited < toldMilliseconds ? body : `${body.slice(0, -1)},"waitedSeconds":${Math.round(waited / 1000)}}`;
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
