import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { chainsTo, readCertificate } from '../../webhook/certificates/inspect.ts';
import { makeCertificateKeeper, type CertificateKeeper } from '../../webhook/certificates/keeper.ts';
import { serviceNames, type ServingCertificate } from '../../webhook/certificates/material.ts';
import {
  makeMemoryConfiguration,
  makeMemoryEvents,
  makeMemorySecrets,
  type MemoryConfiguration,
  type MemoryEvents,
  type MemorySecrets,
} from './certificate-stores.ts';

/** What the replicas of one release share, and the time. */
export interface CertificateWorld {
  readonly secrets: MemorySecrets;
  readonly configuration: MemoryConfiguration;
  readonly events: MemoryEvents;
  now: number;
}

/** Empty Secrets, and a configuration of two entries without a caBundle. */
export function makeCertificateWorld(now: number): CertificateWorld {
  return {
    now,
    secrets: makeMemorySecrets(),
    configuration: makeMemoryConfiguration(2),
    events: makeMemoryEvents(),
  };
}

export const ownSecret = { secret: 'webhook-tls', dnsNames: serviceNames('webhook', 'autopilot') };
export const controllerSecret = { secret: 'controller-tls', dnsNames: serviceNames('controller', 'autopilot') };

/** A webhook as far as its certificates go. */
export interface Replica extends CertificateKeeper {
  /** Every certificate that it has put into service, the one in service last. */
  readonly served: ServingCertificate[];
  readonly metrics: Metrics;
  /** Whether the API server's next connection to it would succeed. */
  readonly isCallable: () => boolean;
}

export function makeReplica(world: CertificateWorld): Replica {
  const served: ServingCertificate[] = [];
  const metrics = makeMetrics('webhook');
  const keeper = makeCertificateKeeper({
    store: world.secrets,
    configuration: world.configuration,
    events: world.events,
    own: ownSecret,
    controller: controllerSecret,
    clock: { now: () => world.now, sleep: () => Promise.resolve() },
    log: makeLogger('webhook', 'silent'),
    metrics,
    serve: (certificate) => void served.push(certificate),
  });
  const isCallable = (): boolean => {
    const certificate = readCertificate(served.at(-1)?.cert ?? '');
    return (
      certificate !== undefined &&
      world.now < certificate.validToDate.getTime() &&
      world.configuration.bundles.every((bundle) => chainsTo(certificate, bundle, world.now))
    );
  };
  return { ...keeper, served, metrics, isCallable };
}
