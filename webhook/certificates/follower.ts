import { AutopilotError } from '#runtime/errors.ts';
import { makeCallerTrust } from './caller-trust.ts';
import { inspectLeaf, readCertificate, tidyBundle } from './inspect.ts';
import type { CertificateKeeper, KeeperParts } from './keeper.ts';
import { secretKeys, type ServingCertificate } from './material.ts';
import { makeMissingSecrets } from './missing-secrets.ts';
import { text, type SecretData } from './renewal.ts';

/**
 * Serves what cert-manager keeps in the same Secrets, and changes nothing: it issues the certificates, and its cainjector
 * writes the caBundle. Rotation is theirs; here a new leaf is served as soon as callers trust it, and the one before until then.
 */
export function makeCertificateFollower(parts: KeeperParts): CertificateKeeper {
  const { clock, log, metrics, store } = parts;
  const trust = makeCallerTrust(parts);
  let served: ServingCertificate | undefined;
  let authorities = '';

  const missing = makeMissingSecrets(parts, 'It is made when cert-manager issues the Certificate of that name.');

  const read = async (certificate: 'webhook' | 'controller', secret: string): Promise<SecretData> => {
    const stored = await store.read(secret);
    missing.note(certificate, secret, stored === 'absent');
    return stored === 'absent' ? {} : stored.data;
  };

  return {
    check: async () => {
      const [own, controller] = await Promise.all([
        read('webhook', parts.own.secret),
        read('controller', parts.controller.secret),
      ]);
      const bundle = text(own, secretKeys.authorities);
      const ofController = text(controller, secretKeys.authorities);
      const leaf = { cert: text(own, secretKeys.cert), key: text(own, secretKeys.key) };
      for (const [certificate, pem] of [
        ['authority', bundle],
        ['webhook', leaf.cert],
        ['controller', text(controller, secretKeys.cert)],
      ] as const) {
        const expiry = readCertificate(pem)?.validToDate.getTime() ?? 0;
        metrics.set('autopilot_certificate_expiry_timestamp_seconds', { certificate }, expiry / 1000);
      }
      // Those of the controller first: they are what agents need. Both are one authority but while it changes.
      if (ofController !== '') authorities = tidyBundle(ofController + bundle, clock.now());
      await trust.look();
      const fault = inspectLeaf(leaf, bundle, parts.own.dnsNames, clock.now());
      if (fault !== undefined && fault !== 'due') {
        throw new AutopilotError('AP_CERTIFICATE_INVALID', `Secret ${parts.own.secret} of cert-manager: ${fault}`);
      }
      if (served?.cert === leaf.cert) return;
      // The first one isn't held back: without any nothing can be answered.
      if (served !== undefined && !trust.vouchesFor(leaf)) return;
      parts.serve(leaf);
      served = leaf;
      log.info({ secret: parts.own.secret }, 'certificate of cert-manager put into service');
    },
    notReady: () => {
      if (served === undefined) return 'no certificate from cert-manager yet';
      return trust.vouchesFor(served)
        ? undefined
        : 'the certificate in service does not chain to the caBundle in the API';
    },
    authorities: () => (authorities === '' ? undefined : authorities),
  };
}
