import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { Lease } from '#runtime/kubernetes/lease-record.ts';
import type { KubeRequest, KubeTransport } from '#runtime/kubernetes/transport.ts';
import { refusal } from './scripted-transport.ts';
import type { VirtualProcess } from './virtual-time.ts';

/** What becomes of one request. `lost`: it takes effect and its answer never comes. */
export interface Exchange {
  readonly milliseconds: number;
  readonly fate: 'answered' | 'lost' | 'unsent' | 'refused';
}

/** One Lease with compare-and-swap as the API server does it, in virtual time. */
export interface LeaseApi {
  lease(): Lease | undefined;
  /** Writes past all rules, as a person with kubectl does. */
  overwrite(lease: Lease | undefined): void;
  readonly requests: KubeRequest[];
  /** `exchange` says of each request how it goes; half of its time passes before it takes effect. */
  transport(process: VirtualProcess, exchange?: (request: KubeRequest) => Exchange): KubeTransport;
}

export function makeLeaseApi(): LeaseApi {
  const requests: KubeRequest[] = [];
  let stored: Lease | undefined;
  let version = 0;

  const store = (lease: Lease): KubeAnswer<Lease> => {
    version += 1;
    stored = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(version) } };
    return { ok: true, status: 200, body: stored };
  };

  const take = ({ method, body }: KubeRequest): KubeAnswer<Lease> => {
    if (method === 'POST') return stored === undefined ? store(body as Lease) : refusal(409, 'AlreadyExists');
    if (stored === undefined) return refusal(404, 'NotFound');
    if (method === 'GET') return { ok: true, status: 200, body: stored };
    const same = (body as Lease).metadata?.resourceVersion === stored.metadata?.resourceVersion;
    return same ? store(body as Lease) : refusal(409, 'Conflict');
  };

  return {
    requests,
    lease: () => stored,
    overwrite: (lease) => void (lease === undefined ? (stored = undefined) : store(lease)),
    transport: (process, exchange = () => ({ milliseconds: 10, fate: 'answered' })) => ({
      request: async <Body>(request: KubeRequest): Promise<KubeAnswer<Body>> => {
        requests.push(request);
        const { milliseconds, fate } = exchange(request);
        const began = process.now();
        const deadline = request.timeoutMilliseconds ?? 10_000;
        await process.sleep(milliseconds / 2, request.signal);
        const answer = fate === 'answered' || fate === 'lost' ? take(request) : refusal(503);
        const late = milliseconds > deadline || fate === 'lost' || fate === 'unsent';
        const wait = late ? deadline : milliseconds;
        await process.sleep(Math.max(0, began + wait - process.now()), request.signal);
        if (late) throw new Error('no answer before the deadline');
        return answer as KubeAnswer<Body>;
      },
      open: () => Promise.reject(new Error('this transport opens no streams')),
      close: () => undefined,
    }),
  };
}
