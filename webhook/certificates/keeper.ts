import { AutopilotError } from '#runtime/errors.ts';
import { chainsTo, readCertificate } from './inspect.ts';
import type { ServingCertificate } from './material.ts';
import {
  keepControllerSecret,
  keepOwnSecret,
  type KeptMaterial,
  type KeptSecret,
  type SecretParts,
} from './secrets.ts';
import type { StoredBundles, WebhookConfigurationStore } from './stores.ts';

/** Drift of a caBundle is repaired within this time. It also covers the renewals, which are due in days. Milliseconds. */
const checkIntervalMilliseconds = 8_000;

/** While not ready, the next check comes sooner: pods are created without the agent until then. Milliseconds. */
const impatientIntervalMilliseconds = 1_000;

export interface KeeperParts extends SecretParts {
  readonly configuration: WebhookConfigurationStore;
  readonly own: KeptSecret;
  readonly controller: KeptSecret;
  /** Puts a certificate into service for every connection from now on. */
  readonly serve: (certificate: ServingCertificate) => void;
}

export interface CertificateKeeper {
  /** One round: own Secret, the callers' trust, the certificate in service, the controller's Secret. */
  check(): Promise<void>;
  /** Why calls would not get through, or undefined when they do: the leaf in memory against the caBundle in the API. */
  notReady(): string | undefined;
  /** PEM of the authorities for the agents; undefined before the first round. */
  authorities(): string | undefined;
}

/** Keeps both Secrets, the caBundle of every webhook entry, and the certificate that is served. */
export function makeCertificateKeeper(parts: KeeperParts): CertificateKeeper {
  let served: ServingCertificate | undefined;
  let material: KeptMaterial | undefined;
  let trusted: readonly string[] = [];

  const isTrusted = (leaf: ServingCertificate, bundles: readonly string[]): boolean => {
    const certificate = readCertificate(leaf.cert);
    const now = parts.clock.now();
    return (
      certificate !== undefined &&
      now < certificate.validToDate.getTime() &&
      bundles.length > 0 &&
      bundles.every((bundle) => chainsTo(certificate, bundle, now))
    );
  };

  const keepBundles = async (bundle: string): Promise<StoredBundles> => {
    const stored = await parts.configuration.read();
    if (stored.bundles.every((current) => current === bundle)) return stored;
    const result = await parts.configuration.write(stored, bundle);
    parts.log.info({ result, entries: stored.bundles.length }, 'caBundle repaired');
    return await parts.configuration.read();
  };

  return {
    check: async () => {
      material = await keepOwnSecret(parts, parts.own, material);
      // Without any certificate nothing can be answered, so the first one isn't held back.
      if (served === undefined) {
        parts.serve(material.leaf);
        served = material.leaf;
      }
      trusted = (await keepBundles(material.bundle)).bundles;
      // Trust first, then the new leaf: the other order would fail each call in between.
      if (material.leaf.cert !== served.cert && isTrusted(material.leaf, trusted)) {
        parts.serve(material.leaf);
        served = material.leaf;
        parts.log.info('certificate swapped');
      }
      await keepControllerSecret(parts, parts.controller, material);
    },
    notReady: () => {
      if (served === undefined) return 'no certificate yet';
      return isTrusted(served, trusted)
        ? undefined
        : 'the certificate in service does not chain to the caBundle in the API';
    },
    authorities: () => material?.bundle,
  };
}

/** Checks until the signal fires. A failed round is counted and tried again: the certificate in service goes on. */
export async function keepCertificates(
  keeper: CertificateKeeper,
  { clock, log, metrics }: Pick<SecretParts, 'clock' | 'log' | 'metrics'>,
  signal: AbortSignal,
  random: () => number,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await keeper.check();
    } catch (cause) {
      metrics.increment('autopilot_certificate_check_failures_total', {});
      const message = 'a round of certificate keeping failed';
      const error =
        cause instanceof AutopilotError ? cause : new AutopilotError('AP_CERTIFICATE_INVALID', message, { cause });
      log.warn({ err: error }, 'certificate check failed');
    }
    const wait = keeper.notReady() === undefined ? checkIntervalMilliseconds : impatientIntervalMilliseconds;
    // Only the signal ends a sleep early, and the loop's condition sees that.
    await clock.sleep(wait * (0.8 + 0.4 * random()), signal).catch(() => undefined);
  }
}
