import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/logger.ts';
import type { keptCertificates } from '#runtime/metric-table.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { SecretEvents } from './stores.ts';

type Certificate = Exclude<(typeof keptCertificates)[number], 'authority'>;

/** A `helm upgrade` that takes a Secret away and brings it back is nothing that people are told of. Milliseconds. */
const untoldMilliseconds = 30_000;

/** While a Secret is gone its Event is made anew so often: the API server forgets Events after an hour. Milliseconds. */
const againMilliseconds = 3_600_000;

export interface MissingSecretsParts {
  readonly events: SecretEvents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Tells people that a Secret is not there, in metric, log and Event. */
export interface MissingSecrets {
  /** What one round found. Returns at once. */
  note(certificate: Certificate, secret: string, absent: boolean): void;
  has(secret: string): boolean;
}

/** @param remedy - what brings it back, as a sentence. */
export function makeMissingSecrets(parts: MissingSecretsParts, remedy: string): MissingSecrets {
  const { events, clock, log, metrics } = parts;
  const tellAt = new Map<string, number>();

  const tell = (secret: string, now: number): void => {
    tellAt.set(secret, now + againMilliseconds);
    events.missing(secret, `Secret ${secret} is gone. ${remedy}`, now).catch((error: unknown) => {
      log.warn({ err: error, secret }, 'event not written');
    });
  };

  return {
    note: (certificate, secret, absent) => {
      const now = clock.now();
      const at = tellAt.get(secret);
      metrics.set('autopilot_certificate_secrets_missing', { certificate }, absent ? 1 : 0);
      if (absent && at === undefined) {
        tellAt.set(secret, now + untoldMilliseconds);
        log.error({ secret, remedy }, 'Secret is gone');
      } else if (absent && at !== undefined && now >= at) {
        tell(secret, now);
      } else if (!absent && tellAt.delete(secret)) {
        log.info({ secret }, 'Secret is there again');
      }
    },
    has: (secret) => tellAt.has(secret),
  };
}
