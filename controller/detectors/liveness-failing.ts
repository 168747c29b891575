import { makeProbeDetector } from './probes/probe-detector.ts';

/** A container whose own liveness probe keeps failing. The kubelet restarts it at the same threshold, so deciding waits for that. */
export const livenessFailing = makeProbeDetector({
  name: 'liveness-failing',
  failureClass: 'LivenessProbeFailed',
  description:
    'The liveness probe of a container, run by the agent beside it, has failed for its own periodSeconds × failureThreshold after it had succeeded.',
  probe: 'liveness',
});
