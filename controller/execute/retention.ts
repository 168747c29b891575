import type { Incident } from '#contract/incident.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import { incidentPath } from './paths.ts';
import { forgettable, type RetentionLimits } from './retention-rule.ts';

/** A new leader has more urgent things to do first. */
const firstMilliseconds = 60_000;
const everyMilliseconds = 3_600_000;

/** Five deletions a second: a sweep must not be felt by the API server. */
const paceMilliseconds = 200;

export interface RetentionOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly limits: RetentionLimits;
  /** Every incident that is known. */
  readonly incidents: () => readonly Incident[];
  /** Asked only while every watch is in step with the API server. */
  readonly workloadExists: (uid: string) => boolean;
  readonly leading: () => boolean;
  /** `changed`: someone touched or deleted it since it was judged, and it is judged anew. */
  readonly onResult: (result: 'deleted' | 'changed' | 'failed') => void;
}

/** Forgets old incidents, so that the memory of the autopilot does not grow with the age of its cluster. */
export interface Retention {
  /** Sweeps a minute from now and then each hour, until the signal fires; never rejects. For the leader alone. */
  run(signal: AbortSignal): Promise<void>;
}

export function makeRetention(options: RetentionOptions): Retention {
  const { transport, clock, log, limits, onResult } = options;

  const remove = async ({ metadata }: Incident, signal: AbortSignal): Promise<void> => {
    const { namespace, name, uid, resourceVersion } = metadata;
    try {
      const answer = await transport.request({
        method: 'DELETE',
        path: incidentPath(namespace, name),
        body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } },
        signal,
      });
      if (answer.ok) return onResult('deleted');
      if (answer.status === 404 || answer.status === 409) return onResult('changed');
      throw new AutopilotError('AP_KUBERNETES_REQUEST', `delete incident: ${answer.status} ${answer.message}`);
    } catch (error) {
      // The next sweep finds it again.
      onResult('failed');
      log.warn({ err: error, incident: `${namespace}/${name}` }, 'incident not deleted');
    }
  };

  const sweep = async (signal: AbortSignal): Promise<void> => {
    const old = forgettable(options.incidents(), limits, options.workloadExists, clock.now());
    if (old.length > 0) log.info({ incidents: old.length }, 'forgetting old incidents');
    for (const incident of old) {
      if (signal.aborted || !options.leading()) return;
      await remove(incident, signal);
      await clock.sleep(paceMilliseconds, signal);
    }
  };

  return {
    run: async (signal) => {
      try {
        await clock.sleep(firstMilliseconds, signal);
        while (!signal.aborted) {
          await sweep(signal);
          await clock.sleep(everyMilliseconds, signal);
        }
      } catch (error) {
        if (!signal.aborted) log.error({ err: error }, 'old incidents are not deleted any more');
      }
    },
  };
}
