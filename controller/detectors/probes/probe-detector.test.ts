import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { container, noon, pod, snapshot } from '#test/support/snapshots.ts';
import type { Finding } from '../../model/finding.ts';
import type { ContainerSnapshot, ProbeSnapshot } from '../../model/snapshot.ts';
import { livenessFailing } from '../liveness-failing.ts';
import { readinessFailing } from '../readiness-failing.ts';

const declared = { periodSeconds: 10, failureThreshold: 3 };
describe.each([
  [livenessFailing, 'liveness', 'readiness'],
  [readinessFailing, 'readiness', 'liveness'],
] as const)('$name', (detector, kind, other) => {
  const failing: ProbeSnapshot = {
    container: 'app',
    probe: kind,
    state: 'failing',
    failure: 'timeout',
    consecutiveFailures: 31,
    receivedAt: noon,
    failingSince: noon - 31_000,
    lastSuccessAt: noon - 32_000,
  };

  function detect(probe: Partial<ProbeSnapshot>, of: Partial<ContainerSnapshot> = {}): readonly Finding[] {
    const failingPod = pod({ containers: [container({ [kind]: declared, ...of })] });
    const probes = new Map([[failingPod.uid, [{ ...failing, ...probe }]]]);
    return detector.detect(snapshot({ pods: [failingPod], probes }), noon);
  }

  test('finds a probe that has failed for its own period times its threshold, since its last good answer', () => {
    expect(detect({})).toMatchObject([
      {
        failureClass: detector.failureClass,
        faultAt: noon - 31_000,
        evidence: { container: 'app', probe: kind, message: 'timeout' },
      },
    ]);
  });

  const undeclared = container();
  const cases: readonly [name: string, probe: Partial<ProbeSnapshot>, of?: Partial<ContainerSnapshot>][] = [
    ['finds nothing before the pod’s own threshold', { failingSince: noon - 29_000 }],
    ['does not count the silence after the last report as failure', { receivedAt: noon - 4_000 }],
    [
      'does not act on the last word of an agent that went silent',
      { receivedAt: noon - 16_000, failingSince: noon - 90_000 },
    ],
    ['finds nothing in a probe that succeeds', { state: 'succeeding' }],
    ['finds nothing in a probe that has never succeeded', { state: 'unknown' }],
    ['ignores successes of the run before the last restart', {}, { startedAt: noon - 31_500 }],
    ['finds nothing in a container that does not run', {}, { state: 'waiting', startedAt: undefined as never }],
    ['does not know containers that the pod does not have', { container: 'infra-autopilot-agent' }],
    ['leaves the other probe to its own detector', { probe: other }],
  ];

  test.each(cases)('%s', (_name, probe, of) => {
    expect(detect(probe, of)).toEqual([]);
  });

  test('believes the pod’s own spec, not the agent, that there is such a probe', () => {
    const failingPod = pod({ containers: [undeclared] });
    const probes = new Map([[failingPod.uid, [failing]]]);
    expect(detector.detect(snapshot({ pods: [failingPod], probes }), noon)).toEqual([]);
  });

  test('is never sooner than the author of the app allows', () => {
    const seconds = fc.integer({ min: 1, max: 120 });
    fc.assert(
      fc.property(
        seconds,
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 2_000_000 }),
        (periodSeconds, failureThreshold, forMilliseconds) => {
          const failingSince = noon - forMilliseconds;
          const found = detect(
            { failingSince, lastSuccessAt: failingSince },
            { [kind]: { periodSeconds, failureThreshold } },
          );
          expect(found.length).toBe(forMilliseconds >= periodSeconds * failureThreshold * 1000 ? 1 : 0);
        },
      ),
    );
  });
});
