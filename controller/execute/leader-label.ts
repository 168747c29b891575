import { roleLabel, roleLeader } from '#contract/annotations.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeFailure } from '#runtime/kubernetes/answer.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import { podPath, podsPath } from './paths.ts';

/** Agents keep their reports while nobody takes them, so that this may take a moment; then something is wrong. */
const maximumTries = 6;
const firstRetryMilliseconds = 500;

/** On the way out there is no time to wait for an API server that does not answer. */
const stopTimeoutMilliseconds = 2_000;

export interface LeaderLabelOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly namespace: string;
  readonly podName: string;
}

/** Steers the Service of agents' reports by a label on pods: only the leader's own may carry it. */
export interface LeaderLabel {
  /** Labels our pod and takes the label from every other; tries again until the signal fires or its tries are used up. */
  acquire(signal: AbortSignal): Promise<void>;
  /** Takes the label from our pod, if it answers soon; a next leader does it otherwise. Never rejects. */
  release(): Promise<void>;
}

export function makeLeaderLabel(options: LeaderLabelOptions): LeaderLabel {
  const { transport, clock, log, namespace, podName } = options;

  const label = async (name: string, value: string | null, signal: AbortSignal): Promise<void> => {
    const answer = await transport.request({
      method: 'PATCH',
      path: podPath(namespace, name),
      contentType: 'application/merge-patch+json',
      body: { metadata: { labels: { [roleLabel]: value } } },
      signal,
    });
    // A pod that is gone carries nothing.
    if (!answer.ok && !(answer.status === 404 && value === null)) throw unusable(`label of pod ${name}`, answer);
  };

  const others = async (signal: AbortSignal): Promise<readonly string[]> => {
    const answer = await transport.request<{ readonly items?: readonly KubeObject[] }>({
      method: 'GET',
      path: podsPath(namespace),
      query: { labelSelector: `${roleLabel}=${roleLeader}` },
      signal,
    });
    if (!answer.ok) throw unusable('pods that carry the label', answer);
    return (answer.body.items ?? []).flatMap(({ metadata }) =>
      metadata?.name === undefined || metadata.name === podName ? [] : [metadata.name],
    );
  };

  const once = async (signal: AbortSignal): Promise<void> => {
    await label(podName, roleLeader, signal);
    for (const name of await others(signal)) await label(name, null, signal);
  };

  return {
    acquire: async (signal) => {
      for (let tries = 1; !signal.aborted; tries += 1) {
        try {
          return await once(signal);
        } catch (error) {
          if (signal.aborted) return;
          if (tries >= maximumTries) throw error;
          log.warn({ err: error, pod: podName, tries }, 'leader not labelled');
          await clock.sleep(firstRetryMilliseconds * 2 ** (tries - 1), signal);
        }
      }
    },
    release: async () => {
      try {
        await label(podName, null, AbortSignal.timeout(stopTimeoutMilliseconds));
      } catch (error) {
        log.warn({ err: error, pod: podName }, 'label not taken off');
      }
    },
  };
}

function unusable(what: string, { status, message }: KubeFailure): AutopilotError {
  return new AutopilotError('AP_KUBERNETES_REQUEST', `${what}: ${status} ${message}`);
}
