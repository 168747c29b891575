import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/logger.ts';
import { chainsTo, readBundle, readCertificate, tidyBundle } from './inspect.ts';
import { authoritySettleMilliseconds } from './lifetimes.ts';
import type { ServingCertificate } from './material.ts';
import type { StoredBundles, WebhookConfigurationStore } from './stores.ts';

/** Most authorities in a caBundle to which each replica adds its own. */
const maximumTogether = 8;

/** What the API server trusts when it calls, entry by entry, as it was read back last. */
export interface CallerTrust {
  /** Reads it; what is handed to `keep` must have been read before the Secret was. */
  read(): Promise<StoredBundles>;
  /** Only looks, where somebody else writes it. */
  look(): Promise<void>;
  /**
   * Puts a bundle into every entry. With `together`, what is there stays beside it. Writes nothing over what somebody else
   * has written since the read: whoever did that had seen a newer Secret.
   */
  keep(before: StoredBundles, bundle: string, together: boolean): Promise<void>;
  /** Whether every entry vouches for the leaf now. */
  vouchesFor(leaf: ServingCertificate): boolean;
  /** Whether the first authority of the bundle has been in every entry for three minutes. */
  readonly settled: (bundle: string) => boolean;
}

export function makeCallerTrust(parts: {
  readonly configuration: WebhookConfigurationStore;
  readonly clock: Clock;
  readonly log: Logger;
}): CallerTrust {
  const { configuration, clock, log } = parts;
  let trusted: readonly string[] = [];
  let handedOut: { readonly fingerprint: string; readonly since: number } | undefined;

  /** When the signer was first read back everywhere. A clock that was set back begins anew. */
  const note = (bundle: string): void => {
    const fingerprint = readCertificate(bundle)?.fingerprint256;
    const everywhere =
      fingerprint !== undefined &&
      trusted.length > 0 &&
      trusted.every((one) => readBundle(one).some((certificate) => certificate.fingerprint256 === fingerprint));
    if (!everywhere) handedOut = undefined;
    else if (handedOut?.fingerprint !== fingerprint || clock.now() < handedOut.since) {
      handedOut = { fingerprint, since: clock.now() };
    }
  };

  return {
    read: () => configuration.read(),
    look: async () => void (trusted = (await configuration.read()).bundles),
    keep: async (before, bundle, together) => {
      const wanted = together ? tidyBundle([bundle, ...before.bundles].join(''), clock.now(), maximumTogether) : bundle;
      const isGood = (current: string): boolean =>
        together ? readBundle(bundle).every((one) => current.includes(one.toString())) : current === wanted;
      if (before.bundles.every(isGood)) trusted = before.bundles;
      else {
        const result = await configuration.write(before, wanted);
        log.info({ result, entries: before.bundles.length }, 'caBundle repaired');
        trusted = (await configuration.read()).bundles;
      }
      note(bundle);
    },
    vouchesFor: (leaf) => {
      const certificate = readCertificate(leaf.cert);
      const now = clock.now();
      return (
        certificate !== undefined &&
        now < certificate.validToDate.getTime() &&
        trusted.length > 0 &&
        trusted.every((bundle) => chainsTo(certificate, bundle, now))
      );
    },
    settled: (bundle) => {
      const fingerprint = readCertificate(bundle)?.fingerprint256;
      return (
        handedOut !== undefined &&
        handedOut.fingerprint === fingerprint &&
        clock.now() - handedOut.since >= authoritySettleMilliseconds
      );
    },
  };
}
