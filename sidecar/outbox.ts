import { maximumWaitingReports } from '#contract/report.ts';

/** A report that waits to be sent. */
export interface Letter {
  readonly body: string;
  /** Whether it tells of a change; one that doesn't says nothing that a later one doesn't say as well. */
  readonly carriesFinding: boolean;
  /** By the clock that doesn't jump, in milliseconds. */
  readonly writtenAt: number;
}

/** Bounds of what waits. A report with a recording takes about 5 KiB, one without about 1. */
export const outboxLimits = { letters: maximumWaitingReports, bytes: 196_608, milliseconds: 600_000 } as const;

/**
 * Waiting reports, bounded, in the order in which they were written. Each is complete, so one without a finding gives way
 * to any later one. One with a finding is kept, so that what happened while the controller was away is not lost: it goes
 * when it is older than the bound, or when more than that many wait, and then the oldest first.
 */
export interface Outbox {
  push(letter: Letter): void;
  /** Takes out the oldest. */
  take(): Letter | undefined;
  /** Puts back what could not be sent, in front. */
  putBack(letter: Letter): void;
  waiting(): number;
  /** How many with a finding were dropped since the start. */
  dropped(): number;
}

export function makeOutbox(limits: Readonly<Record<keyof typeof outboxLimits, number>>): Outbox {
  let letters: Letter[] = [];
  let bytes = 0;
  let dropped = 0;

  const keep = (kept: readonly Letter[]): void => {
    letters = [...kept];
    bytes = letters.reduce((sum, { body }) => sum + body.length, 0);
  };

  const bound = (): void => {
    while (letters.length > limits.letters || (bytes > limits.bytes && letters.length > 1)) {
      const heartbeat = letters.findIndex(({ carriesFinding }) => !carriesFinding);
      if (heartbeat === -1) dropped += 1;
      keep(letters.toSpliced(Math.max(heartbeat, 0), 1));
    }
  };

  return {
    push: (letter) => {
      const findings = letters.filter(({ carriesFinding }) => carriesFinding);
      const young = findings.filter(({ writtenAt }) => letter.writtenAt - writtenAt <= limits.milliseconds);
      dropped += findings.length - young.length;
      keep([...young, letter]);
      bound();
    },
    take: () => {
      const [first, ...rest] = letters;
      keep(rest);
      return first;
    },
    putBack: (letter) => {
      if (!letter.carriesFinding && letters.length > 0) return;
      keep([letter, ...letters]);
      bound();
    },
    waiting: () => letters.length,
    dropped: () => dropped,
  };
}
