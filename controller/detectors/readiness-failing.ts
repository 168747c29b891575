import { makeProbeDetector } from './probes/probe-detector.ts';

/** A container whose own readiness probe keeps failing: it asks for no traffic, which alone never restarts anything. */
export const readinessFailing = makeProbeDetector({
  name: 'readiness-failing',
  failureClass: 'ReadinessProbeFailed',
  probe: 'readiness',
});
