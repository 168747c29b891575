import { overrideResource, type OverrideSpec } from '#contract/admission-override.ts';
import { apiVersion } from '#contract/annotations.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import { listAll } from '#runtime/kubernetes/list.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { overridePath } from './paths.ts';

const everyMilliseconds = 30_000;

/** Webhooks stop by their own clocks; one that is late must not lose an override before it has expired there too. */
const graceMilliseconds = 30_000;

/** Most deletions of one sweep. The rest waits for the next. */
const maximumDeletions = 100;

export interface OverrideSweepOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

type StoredOverride = KubeObject & { readonly spec?: Partial<OverrideSpec> };

/** Deletes overrides that have expired, whoever made them. For the leader alone. */
export interface OverrideSweep {
  /** Sweeps every half minute until the signal fires; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function makeOverrideSweep({ transport, clock, log, metrics }: OverrideSweepOptions): OverrideSweep {
  // One that can not be deleted never keeps the others, and the next sweep finds it again.
  const fail = (error: unknown, signal: AbortSignal): void => {
    if (signal.aborted) return;
    metrics.increment('autopilot_overrides_deleted_total', { result: 'failed' });
    log.warn({ err: error }, 'expired overrides not deleted');
  };

  const remove = async ({ metadata = {} }: StoredOverride, signal: AbortSignal): Promise<void> => {
    const { namespace = '', name = '', uid } = metadata;
    const answer = await transport.request({
      method: 'DELETE',
      path: overridePath(namespace, name),
      body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } },
      signal,
    });
    if (answer.ok) return metrics.increment('autopilot_overrides_deleted_total', { result: 'deleted' });
    // Somebody was faster, or has made another one of the same name.
    if (answer.status === 404 || answer.status === 409) return;
    throw new AutopilotError('AP_KUBERNETES_REQUEST', `delete override: ${answer.status} ${answer.message}`);
  };

  const sweep = async (signal: AbortSignal): Promise<void> => {
    const expired: StoredOverride[] = [];
    const path = `/apis/${apiVersion}/${overrideResource.plural}`;
    const listed = await listAll(transport, { path, metadataOnly: false }, signal, (object) => {
      if (expired.length < maximumDeletions && isExpired(object, clock.now())) expired.push(object);
    });
    if (!listed.ok) throw new AutopilotError('AP_KUBERNETES_REQUEST', `list overrides: ${listed.failure.message}`);
    for (const one of expired) await remove(one, signal).catch((error: unknown) => fail(error, signal));
  };

  return {
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(everyMilliseconds, signal).catch(() => undefined);
        if (signal.aborted) return;
        await sweep(signal).catch((error: unknown) => fail(error, signal));
      }
    },
  };
}

/** A time that can't be read is none that the API server lets in; such an object is left to people. */
function isExpired({ spec }: StoredOverride, now: number): boolean {
  return now >= Date.parse(spec?.expiresAt ?? '') + graceMilliseconds;
}
