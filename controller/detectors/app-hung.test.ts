import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ago, lonePod, silentProbe } from '#test/support/detection.ts';
import { container, noon } from '#test/support/snapshots.ts';
import type { ContainerSnapshot, PodSnapshot, ProbeSnapshot } from '../model/snapshot.ts';
import { appHung } from './app-hung.ts';

const declared = { periodSeconds: 10, failureThreshold: 3 };
const both = { liveness: declared, readiness: { periodSeconds: 1, failureThreshold: 1 } };

function detect(probe: Partial<ProbeSnapshot>, pod: Partial<PodSnapshot> = {}, of: Partial<ContainerSnapshot> = both) {
  const probes = [silentProbe(probe)];
  return appHung.detect(lonePod({ containers: [container(of)], ...pod }, { agent: { probes } }), noon);
}

test('finds an app that has been silent for its liveness threshold, since its last good answer', () => {
  expect(detect({})).toMatchObject([
    {
      failureClass: 'AppHung',
      container: 'app',
      faultAt: ago(32),
      evidenceAt: noon,
      expiresAt: noon + 15_000,
      cause: { name: 'unresponsive' },
      evidence: { probe: 'liveness' },
      message: 'Container app of pod web-abc-1 hangs: it accepts connections and has not answered for 31 s.',
    },
  ]);
});

test('dates the fault by our clock where the node’s is ahead', () => {
  expect(detect({ lastSuccessAt: noon + 60_000 })).toMatchObject([{ faultAt: ago(31) }]);
});

const onlyReadiness = { readiness: declared };
const cases: readonly [
  name: string,
  found: boolean,
  probe: Partial<ProbeSnapshot>,
  pod?: Partial<PodSnapshot>,
  of?: Partial<ContainerSnapshot>,
][] = [
  ['never before the liveness threshold', false, { failingSince: ago(29) }],
  ['after the annotated seconds, where they are fewer', true, { silentSince: ago(5) }, { hangSeconds: 5 }],
  ['not before the annotated seconds', false, { silentSince: ago(4) }, { hangSeconds: 5 }],
  ['not before the annotated seconds, where they are more', false, {}, { hangSeconds: 60 }],
  ['not in an app that accepts no connections', false, { failure: 'refused' }],
  ['not in an app that answers with a failure', false, { failure: 'status', statusCode: 500 }],
  [
    'not before its first success since the start',
    false,
    { lastSuccessAt: ago(40) },
    {},
    { ...both, startedAt: ago(35) },
  ],
  ['not where it has never succeeded', false, { state: 'unknown' }],
  ['not in the last word of an agent that went silent', false, { receivedAt: ago(16), failingSince: ago(90) }],
  ['not by readiness where there is a liveness probe', false, { probe: 'readiness' }, { hangSeconds: 5 }],
  ['by readiness alone where the pod is annotated', true, { probe: 'readiness' }, { hangSeconds: 5 }, onlyReadiness],
  ['not by readiness alone without that: it restarts nothing', false, { probe: 'readiness' }, {}, onlyReadiness],
  ['not by a probe that the pod does not have', false, {}, {}, {}],
];

test.each(cases)('is found %s (%s)', (_name, found, probe, pod, of) => {
  expect(detect(probe, pod, of)).toHaveLength(found ? 1 : 0);
});

test('is never sooner than the liveness threshold or the annotation allows', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.option(fc.integer({ min: 1, max: 300 }), { nil: undefined }),
      fc.integer({ min: 0, max: 400_000 }),
      (periodSeconds, failureThreshold, hangSeconds, forMilliseconds) => {
        const failingSince = noon - forMilliseconds;
        const pod = hangSeconds === undefined ? {} : { hangSeconds };
        const found = detect({ failingSince, lastSuccessAt: failingSince, silentSince: failingSince }, pod, {
          liveness: { periodSeconds, failureThreshold },
        });
        const seconds = hangSeconds ?? periodSeconds * failureThreshold;
        expect(found.length).toBe(forMilliseconds >= seconds * 1000 ? 1 : 0);
      },
    ),
  );
});
