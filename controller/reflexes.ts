import type { Reflex, Report } from '#contract/report.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { EventRecorder } from './execute/event-recorder.ts';

/** Pods whose last told reflexes are remembered; each is told for ten minutes, in every report. */
const maximumPods = 10_000;

/** Tells people, once, of what agents did by themselves while no controller could be reached. */
export interface ReflexTeller {
  take(report: Pick<Report, 'pod' | 'reflexes'>): void;
}

export function makeReflexTeller(parts: {
  readonly events: Pick<EventRecorder, 'warn'>;
  readonly metrics: Metrics;
  readonly log: Logger;
}): ReflexTeller {
  const { events, metrics, log } = parts;
  const toldUntil = new Map<string, string>();

  const tell = (pod: Report['pod'], { container, at, result, message }: Reflex): void => {
    metrics.increment('autopilot_reflexes_total', { result });
    log.warn({ namespace: pod.namespace, pod: pod.name, container, at, result, message }, 'agent acted by itself');
    const did = result === 'done' ? 'restarted' : 'could not restart';
    const sentence = `The app hung at ${at} while no controller could be reached: the agent ${did} container ${container} (${message}).`;
    events.warn(pod.namespace, pod, 'LocalReflex', sentence);
  };

  return {
    take: ({ pod, reflexes = [] }) => {
      const newest = reflexes.map(({ at }) => at).reduce((one, other) => (one > other ? one : other), '');
      if (newest === '') return;
      const told = toldUntil.get(pod.uid) ?? '';
      for (const reflex of reflexes) if (reflex.at > told) tell(pod, reflex);
      toldUntil.delete(pod.uid);
      toldUntil.set(pod.uid, newest > told ? newest : told);
      const [oldest] = toldUntil.keys();
      if (toldUntil.size > maximumPods && oldest !== undefined) toldUntil.delete(oldest);
    },
  };
}
