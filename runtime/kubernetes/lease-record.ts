import { microTime } from '#contract/micro-time.ts';
import { AutopilotError } from '../errors.ts';
import type { KubeAnswer, KubeFailure } from './answer.ts';
import type { KubeObject } from './object.ts';
import type { KubeTransport } from './transport.ts';

/** What a Lease of coordination.k8s.io/v1 says. Its times are its holder's own and are never compared with ours. */
export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Lease extends KubeObject {
  readonly spec?: LeaseSpec;
}

/** How long one request may take, and what ends it early. */
export interface LeasePatience {
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal;
}

/** Reads and compare-and-swaps one Lease. Each call throws AP_KUBERNETES_REQUEST when it had no usable answer. */
export interface LeaseRecord {
  read(patience: LeasePatience): Promise<KubeAnswer<Lease>>;
  create(spec: LeaseSpec, patience: LeasePatience): Promise<KubeAnswer<Lease>>;
  /** Writes `spec` if the Lease is still the version that `seen` is; 409 otherwise. Labels and the like stay. */
  swap(seen: Lease, spec: LeaseSpec, patience: LeasePatience): Promise<KubeAnswer<Lease>>;
}

const apiVersion = 'coordination.k8s.io/v1';

export function makeLeaseRecord(transport: KubeTransport, namespace: string, name: string): LeaseRecord {
  const collection = `/apis/${apiVersion}/namespaces/${encodeURIComponent(namespace)}/leases`;
  const path = `${collection}/${encodeURIComponent(name)}`;
  return {
    read: (patience) => transport.request<Lease>({ method: 'GET', path, ...patience }),
    create: (spec, patience) => {
      const body = { apiVersion, kind: 'Lease', metadata: { namespace, name }, spec };
      return transport.request<Lease>({ method: 'POST', path: collection, body, ...patience });
    },
    swap: (seen, spec, patience) => {
      const body = { ...seen, apiVersion, kind: 'Lease', spec };
      return transport.request<Lease>({ method: 'PUT', path, body, ...patience });
    },
  };
}

/** The spec with which a new holder takes the Lease over; each change of holder is one transition more. */
export function takenSpec(holderIdentity: string, transitions: number, seconds: number, now: number): LeaseSpec {
  const time = microTime(now);
  return {
    holderIdentity,
    leaseDurationSeconds: seconds,
    acquireTime: time,
    renewTime: time,
    leaseTransitions: transitions,
  };
}

/** The spec of a Lease that nobody holds, as client-go's ReleaseOnCancel leaves it: a second, since 0 is not valid. */
export function releasedSpec(held: LeaseSpec | undefined, now: number): LeaseSpec {
  const time = microTime(now);
  return { ...held, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: time, renewTime: time };
}

export function leaseError(what: string, { status, message }: KubeFailure): AutopilotError {
  return new AutopilotError('AP_KUBERNETES_REQUEST', `${what} was refused: ${status} ${message}`);
}
