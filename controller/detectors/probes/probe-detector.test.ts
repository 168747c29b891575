import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ago, lonePod, silentProbe } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import type { Finding } from '../../model/finding.ts';
import type { ContainerSnapshot, ProbeSnapshot } from '../../model/snapshot.ts';
import { livenessFailing } from '../liveness-failing.ts';
import { readinessFailing } from '../readiness-failing.ts';

const declared = { periodSeconds: 10, failureThreshold: 3 };
describe.each([
  [livenessFailing, 'liveness', 'readiness'],
  [readinessFailing, 'readiness', 'liveness'],
] as const)('$name', (detector, kind, other) => {
  function detect(probe: Partial<ProbeSnapshot>, of: Partial<ContainerSnapshot> = {}): readonly Finding[] {
    const containers = [container({ [kind]: declared, ...of })];
    const probes = [silentProbe({ probe: kind, ...probe })];
    return detector.detect(lonePod({ containers }, { agent: { probes } }), noon);
  }

  test('finds a probe that has failed for its own period times its threshold, since its last good answer', () => {
    expect(detect({})).toMatchObject([
      {
        failureClass: detector.failureClass,
        templateHash: 'abc',
        container: 'app',
        faultAt: ago(31),
        expiresAt: noon + 15_000,
        evidence: { container: 'app', probe: kind, message: 'it does not answer in time' },
      },
    ]);
  });

  test.each([
    ['an app that does not answer', { failure: 'timeout' }, 'unresponsive'],
    ['an app that breaks connections off', { failure: 'closed' }, 'unresponsive'],
    ['an app that takes no connections', { failure: 'refused' }, 'refused'],
    ['an app that answers with a failure', { failure: 'status', statusCode: 503 }, 'bad-status'],
    ['an app whose gRPC health service says no', { failure: 'status', statusCode: undefined as never }, 'bad-status'],
    ['an agent that does not say how', { failure: undefined as never }, 'unknown'],
  ] as const)('tells the cause by %s', (_name, probe, cause) => {
    expect(detect(probe).map((found) => found.cause.name)).toEqual([cause]);
  });

  const cases: readonly [name: string, probe: Partial<ProbeSnapshot>, of?: Partial<ContainerSnapshot>][] = [
    ['finds nothing before the pod’s own threshold', { failingSince: ago(29) }],
    ['does not count the silence after the last report as failure', { receivedAt: ago(4) }],
    ['does not act on the last word of an agent that went silent', { receivedAt: ago(16), failingSince: ago(90) }],
    ['finds nothing in a probe that succeeds', { state: 'succeeding' }],
    ['finds nothing in a probe that has never succeeded', { state: 'unknown' }],
    ['ignores successes of the run before the last restart', {}, { startedAt: noon - 31_500 }],
    ['finds nothing in a container that does not run', {}, { state: 'waiting', startedAt: undefined as never }],
    ['does not know containers that the pod does not have', { container: 'infra-autopilot-agent' }],
    ['leaves the other probe to its own detector', { probe: other }],
    ['believes the pod’s own spec, not the agent, that there is such a probe', {}, { [kind]: undefined }],
  ];

  test.each(cases)('%s', (_name, probe, of) => {
    expect(detect(probe, of)).toEqual([]);
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
