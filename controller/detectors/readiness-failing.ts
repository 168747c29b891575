import { makeProbeDetector } from './probes/probe-detector.ts';

/** A container whose own readiness probe keeps failing: it asks for no traffic, which alone never restarts anything. */
export const readinessFailing = makeProbeDetector({
  name: 'readiness-failing',
  failureClass: 'ReadinessProbeFailed',
  description:
    'The readiness probe of a container, run by the agent beside it, has failed for its own periodSeconds × failureThreshold after it had succeeded.',
  probe: 'readiness',
});
