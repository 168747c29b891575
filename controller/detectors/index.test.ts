import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { causes, failureClasses } from '#contract/vocabulary.ts';
import { anySnapshot, wellSnapshot } from '#test/support/arbitrary-snapshots.ts';
import { ago, lonePod, silentProbe, unreadyNode, waiting, warning } from '#test/support/detection.ts';
import { container, crashLooping, exit, noon, owner } from '#test/support/snapshots.ts';
import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { detectors } from './index.ts';

function detectAll(seen: WorkloadSnapshot, now = noon): readonly Finding[] {
  return detectors.flatMap((detector) => detector.detect(seen, now));
}

test('each failure class has one detector', () => {
  expect(detectors.map(({ failureClass }) => failureClass).toSorted()).toEqual([...failureClasses].toSorted());
});

test('each detector has a name of its own and describes itself in sentences', () => {
  expect(new Set(detectors.map(({ name }) => name)).size).toBe(detectors.length);
  for (const { description } of detectors) expect(description).toMatch(/^[A-Z].*\.$/);
});

const declared = { liveness: { periodSeconds: 10, failureThreshold: 3 } };
const silent = { agent: { probes: [silentProbe()] } };
const oom = exit(ago(5), { exitCode: 137, reason: 'OOMKilled' });
const stalled = { reason: 'ProgressDeadlineExceeded', message: '', since: ago(60) };
const down = new Map([['node-a', unreadyNode()]]);

describe('of several findings on one pod the first is', () => {
  const startup = { startup: { periodSeconds: 1, failureThreshold: 3 }, started: false };
  const killed = exit(ago(5), { exitCode: 137 });
  test.each<readonly [string, WorkloadSnapshot, readonly string[]]>([
    [
      'the hang, not the probe that shows it',
      lonePod({ containers: [container(declared)] }, silent),
      ['app-hung', 'liveness-failing'],
    ],
    [
      'the node, not the probes that its apps fail',
      lonePod({ containers: [container(declared)] }, { ...silent, nodes: down }),
      ['node-not-ready', 'app-hung', 'liveness-failing'],
    ],
    [
      'the pod’s own fault, not the rollout that waits for it',
      lonePod({ ready: false, containers: [crashLooping(ago(5))] }, { owner: owner({ stalled }) }),
      ['crash-loop', 'rollout-stuck'],
    ],
    [
      'the missing Secret, not the containers that wait beside it',
      lonePod({
        containers: [
          waiting('CreateContainerConfigError', { waitingMessage: 'secret "x" not found' }),
          waiting('ContainerCreating', { waitingSince: ago(400) }),
        ],
      }),
      ['config-error', 'stuck-creating'],
    ],
    [
      'the memory, not the loop that it ends in',
      lonePod({ containers: [crashLooping(ago(5), { exits: [killed, oom] }), crashLooping(ago(5))] }),
      ['oom-killed', 'crash-loop'],
    ],
    [
      'the startup probe, not the loop that the kubelet makes of it',
      lonePod(
        { containers: [crashLooping(ago(5), { ...startup, exits: [killed] })] },
        { said: [warning('Unhealthy', 'Startup probe failed: no')] },
      ),
      ['startup-failing', 'crash-loop'],
    ],
    [
      'that it does not go, whatever it fails in',
      lonePod(
        { terminating: true, deletionDueAt: ago(60), containers: [crashLooping(ago(5))] },
        { ...silent, nodes: down },
      ),
      ['stuck-terminating'],
    ],
  ])('%s', (_name, seen, names) => {
    expect(detectAll(seen).map(({ detector }) => detector)).toEqual(names);
  });
});

test('nothing is ever found in a workload that is well, and nothing ripens in it', () => {
  fc.assert(
    fc.property(wellSnapshot, fc.nat({ max: 10_000 }), (seen, later) => {
      expect(detectAll(seen, noon + later)).toEqual([]);
      expect(detectors.map((detector) => detector.ripensAt?.(seen, noon))).toEqual(detectors.map(() => undefined));
    }),
  );
});

test('the same snapshot and time give the same findings, each of a pod of the snapshot', () => {
  fc.assert(
    fc.property(anySnapshot, (seen) => {
      const found = detectAll(seen);
      expect(detectAll(structuredClone(seen))).toEqual(found);
      for (const { pod, templateHash, container: name, cause, evidence, faultAt } of found) {
        expect([undefined, ...seen.pods]).toContain(pod);
        expect(templateHash).toBe(pod === undefined ? '' : pod.templateHash);
        expect([undefined, ...(pod?.containers ?? []).map((one) => one.name)]).toContain(name);
        expect(Object.keys(causes)).toContain(cause.name);
        expect(evidence.cause).toBe(cause.name);
        expect(faultAt).toBeLessThanOrEqual(noon);
      }
    }),
  );
});

test('only one detector looks at pods that are being deleted', () => {
  fc.assert(
    fc.property(anySnapshot, (seen) => {
      const others = detectAll(seen).filter(({ detector }) => detector !== 'stuck-terminating');
      expect(others.filter(({ pod }) => pod?.terminating === true)).toEqual([]);
    }),
  );
});

test('whatever time alone makes a finding was announced', () => {
  const keys = (found: readonly Finding[]) => found.map(({ pod, container: name }) => `${pod?.uid}/${name}`);
  fc.assert(
    fc.property(anySnapshot, fc.nat({ max: 60_000 }), (seen, later) => {
      for (const detector of detectors) {
        const before = new Set(keys(detector.detect(seen, noon)));
        const fresh = keys(detector.detect(seen, noon + later)).filter((key) => !before.has(key));
        const announced = detector.ripensAt?.(seen, noon) ?? Number.POSITIVE_INFINITY;
        expect(announced).toBeGreaterThan(noon);
        expect(fresh.length === 0 || announced <= noon + later, detector.name).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
