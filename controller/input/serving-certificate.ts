import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Logger } from '#runtime/logger.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';

/** PEM texts of what the report server serves with, and of the authorities that its callers may trust. */
export interface ServingCertificate {
  readonly cert: string;
  readonly key: string;
  /** Empty where whoever fills the Secret does not say. */
  readonly authorities: string;
}

const retryMilliseconds = 1_000;
const rereadMilliseconds = 60_000;

interface SecretBody {
  readonly data?: Readonly<Record<string, string>>;
}

/** Where the certificate comes from: a Secret that another process fills and renews. */
export interface CertificateSource {
  /** Waits until the Secret holds a usable pair; asks again each second, with jitter, until the signal fires. */
  first(signal: AbortSignal): Promise<ServingCertificate>;
  /** Reads anew each minute and hands on each new usable pair; an unusable one is logged and the old one kept. */
  follow(
    current: ServingCertificate,
    signal: AbortSignal,
    onNew: (certificate: ServingCertificate) => void,
  ): Promise<void>;
}

export interface CertificateSourceOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly namespace: string;
  readonly secretName: string;
}

export function makeCertificateSource(options: CertificateSourceOptions): CertificateSource {
  const { transport, clock, log } = options;
  const path = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/secrets/${encodeURIComponent(options.secretName)}`;

  const read = async (signal: AbortSignal): Promise<ServingCertificate> => {
    const answer = await transport.request<SecretBody>({ method: 'GET', path, signal });
    if (!answer.ok) {
      throw new AutopilotError(
        'AP_KUBERNETES_REQUEST',
        `Secret ${options.secretName}: ${answer.status} ${answer.message}`,
      );
    }
    return parsePair(answer.body, clock.now());
  };

  return {
    first: async (signal) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await read(signal);
        } catch (error) {
          signal.throwIfAborted();
          const level = tries % 15 === 1 ? 'info' : 'debug';
          log[level]({ secret: options.secretName, why: String(error) }, 'waiting for the serving certificate');
        }
        await clock.sleep(retryMilliseconds * (0.5 + options.random()), signal);
      }
    },
    follow: async (current, signal, onNew) => {
      let known = current;
      while (!signal.aborted) {
        await clock.sleep(rereadMilliseconds * (0.9 + 0.2 * options.random()), signal).catch(() => undefined);
        if (signal.aborted) return;
        try {
          const fresh = await read(signal);
          if (isDeepStrictEqual(fresh, known)) continue;
          known = fresh;
          onNew(fresh);
        } catch (error) {
          log.warn({ err: error, secret: options.secretName }, 'serving certificate not renewed');
        }
      }
    },
  };
}

/** @throws AutopilotError AP_CERTIFICATE_INVALID when the pair is missing, malformed, mismatched or expired. */
export function parsePair(secret: SecretBody, now: number): ServingCertificate {
  const cert = decode(secret.data?.['tls.crt']);
  const key = decode(secret.data?.['tls.key']);
  if (cert === '' || key === '') throw new AutopilotError('AP_CERTIFICATE_INVALID', 'the Secret is still empty');
  let leaf: X509Certificate;
  let matches: boolean;
  try {
    leaf = new X509Certificate(cert);
    matches = leaf.checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw new AutopilotError('AP_CERTIFICATE_INVALID', 'the certificate or its key is malformed', { cause });
  }
  if (!matches) throw new AutopilotError('AP_CERTIFICATE_INVALID', 'the key does not belong to the certificate');
  if (leaf.validToDate.getTime() <= now)
    throw new AutopilotError('AP_CERTIFICATE_INVALID', 'the certificate has expired');
  return { cert, key, authorities: decode(secret.data?.['ca.crt']) };
}

function decode(value: string | undefined): string {
  return Buffer.from(value ?? '', 'base64').toString('utf8');
}
