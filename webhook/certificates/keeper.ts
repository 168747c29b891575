import { AutopilotError } from '#runtime/errors.ts';
import { makeCallerTrust } from './caller-trust.ts';
import { secretKeys, type ServingCertificate } from './material.ts';
import { makeMissingSecrets } from './missing-secrets.ts';
import { text } from './renewal.ts';
import {
  keepControllerSecret,
  keepOwnSecret,
  type KeptMaterial,
  type KeptSecret,
  type SecretParts,
} from './secrets.ts';
import { standIn } from './stand-in.ts';
import type { SecretEvents, WebhookConfigurationStore } from './stores.ts';

/** Drift of a caBundle is repaired within this time. It also covers the renewals, which are due in days. Milliseconds. */
const checkIntervalMilliseconds = 8_000;

/** While not ready, the next check comes sooner: pods are created without the agent until then. Milliseconds. */
const impatientIntervalMilliseconds = 1_000;

/** For so long after the Secret is back every replica has come to serve by it. Milliseconds. */
const togetherMilliseconds = 60_000;

export interface KeeperParts extends SecretParts {
  readonly configuration: WebhookConfigurationStore;
  readonly events: SecretEvents;
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
  const { clock, log } = parts;
  const trust = makeCallerTrust(parts);
  let served: ServingCertificate | undefined;
  let material: KeptMaterial | undefined;
  let togetherUntil = Number.NEGATIVE_INFINITY;
  const missing = makeMissingSecrets(parts, 'Certificates are kept in memory until `helm upgrade` makes it again.');

  const serve = (leaf: ServingCertificate): void => {
    parts.serve(leaf);
    served = leaf;
  };

  /** What to serve with: the Secret's, or what stands in for it while it is gone. */
  const keepOwn = async (): Promise<KeptMaterial> => {
    const own = await keepOwnSecret(parts, parts.own, material, trust.settled);
    missing.note('webhook', parts.own.secret, own === 'absent');
    if (own !== 'absent') return own;
    // Each replica may have an authority of its own now, and for a while after the Secret is back.
    togetherUntil = clock.now() + togetherMilliseconds;
    const controller = material === undefined ? await parts.store.read(parts.controller.secret) : 'absent';
    const trusted = controller === 'absent' ? '' : text(controller.data, secretKeys.authorities);
    return await standIn(material, trusted, parts.own.dnsNames, clock.now());
  };

  return {
    check: async () => {
      // In this order: whoever wrote the Secret wrote the caBundle after it, so that what is written here by an older
      // Secret meets a newer caBundle and is refused.
      const before = await settle(trust.read());
      material = await keepOwn();
      // Without any certificate nothing can be answered, so the first one isn't held back.
      if (served === undefined) serve(material.leaf);
      if ('value' in before) await trust.keep(before.value, material.bundle, clock.now() < togetherUntil);
      // Trust first, then the new leaf: the other order would fail each call in between.
      if (material.leaf.cert !== served?.cert && trust.vouchesFor(material.leaf)) {
        serve(material.leaf);
        log.info('certificate swapped');
      }
      // Replicas that each stand in for the Secret would fight over the controller's leaf. It has a good one.
      if (!missing.has(parts.own.secret)) {
        const result = await keepControllerSecret(parts, parts.controller, material, trust.settled);
        missing.note('controller', parts.controller.secret, result === 'absent');
      }
      if ('error' in before) throw before.error;
    },
    notReady: () => {
      if (served === undefined) return 'no certificate yet';
      return trust.vouchesFor(served)
        ? undefined
        : 'the certificate in service does not chain to the caBundle in the API';
    },
    authorities: () => material?.bundle,
  };
}

/** An error that is to be thrown later. */
async function settle<Value>(
  promise: Promise<Value>,
): Promise<{ readonly value: Value } | { readonly error: unknown }> {
  try {
    return { value: await promise };
  } catch (error) {
    return { error };
  }
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
