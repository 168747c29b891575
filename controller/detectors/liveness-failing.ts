import { makeProbeDetector } from './probes/probe-detector.ts';

/** A container whose own liveness probe keeps failing. The kubelet restarts it at the same threshold, so deciding waits for that. */
export const livenessFailing = makeProbeDetector({
  name: 'liveness-failing',
  failureClass: 'LivenessProbeFailed',
  probe: 'liveness',
});
