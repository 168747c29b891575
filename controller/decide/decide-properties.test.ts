import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Incident } from '#contract/incident.ts';
import { failureClasses } from '#contract/vocabulary.ts';
import { failingPod, finding, limits, noon, pod, snapshot } from '#test/support/snapshots.ts';
import { past } from '#test/support/deciding.ts';
import { handlers } from '../handlers/index.ts';
import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { afterAct } from './act.ts';
import { cooldownSeconds } from './cooldown.ts';
import { decide } from './decide.ts';

interface World {
  readonly snapshot: WorkloadSnapshot;
  readonly findings: readonly Finding[];
  readonly now: number;
}

const failing = fc.record({
  index: fc.integer({ min: 1, max: 4 }),
  failureClass: fc.constantFrom(...failureClasses),
  templateHash: fc.constantFrom('abc', 'def'),
  ready: fc.boolean(),
  paused: fc.boolean(),
  terminating: fc.boolean(),
  owned: fc.boolean(),
  localData: fc.subarray(['cache']),
  secondsAgo: fc.integer({ min: 0, max: 90 }),
});

const episode = fc.record({
  secondsAgo: fc.integer({ min: 1, max: 20_000 }),
  phase: fc.constantFrom('Resolved', 'Verifying', 'Ineffective', 'Held', 'Escalated'),
});

const worlds: fc.Arbitrary<World> = fc
  .record({
    mode: fc.constantFrom('enabled', 'observe', 'disabled'),
    pausedBy: fc.constantFrom(undefined, 'release', 'namespace', 'owner'),
    failing: fc.uniqueArray(failing, { selector: ({ index }) => index, maxLength: 4 }),
    past: fc.array(episode, { maxLength: 4 }),
    healthy: fc.nat({ max: 2 }),
  })
  .map((world) => {
    const findings = world.failing.map(({ index, failureClass, owned, secondsAgo, ...rest }) => {
      const broken = failingPod({
        ...rest,
        uid: `pod-${index}`,
        name: `web-${index}`,
        ...(owned ? {} : { controller: undefined }),
      });
      return finding({
        failureClass,
        pod: broken,
        faultAt: noon - secondsAgo * 1000,
        evidenceAt: noon - secondsAgo * 1000,
      });
    });
    const healthy = Array.from({ length: world.healthy }, (_none, index) => pod({ uid: `well-${index}` }));
    const incidents = world.past.map(({ secondsAgo, phase }, index) =>
      past(secondsAgo, `past-${index}`, { phase: phase as 'Held' }),
    );
    const { mode, pausedBy } = world;
    return {
      snapshot: snapshot({
        mode,
        pausedBy,
        pods: [...findings.flatMap(({ pod: broken }) => broken ?? []), ...healthy],
        incidents,
      }),
      findings,
      now: noon,
    };
  });

const run = ({ snapshot: seen, findings, now }: World) =>
  decide({ snapshot: seen, findings, handlers, limits, epoch: 1, now });

/** The world after every status was stored and every action refused to take place. */
function stored(world: World): World {
  const incidents = new Map(world.snapshot.incidents.map((one) => [one.metadata.uid, one]));
  for (const { target, status } of run(world).steps) {
    if (status === undefined) continue;
    const next: Incident =
      'update' in target
        ? { ...target.update, status }
        : {
            metadata: { name: target.create, namespace: 'shop', uid: target.create, resourceVersion: '1' },
            spec: target.spec,
            status,
          };
    incidents.set(next.metadata.uid, next);
  }
  return { ...world, snapshot: { ...world.snapshot, incidents: [...incidents.values()] } };
}

test('acts at most once at a time on an owner', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      expect(run(world).steps.filter(({ actions }) => actions).length).toBeLessThanOrEqual(1);
    }),
  );
});

test('never acts where it is observing, paused or off, nor on what nothing would bring back', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (const { actions, finding: found } of run(world).steps) {
        if (actions === undefined) continue;
        expect(world.snapshot.mode).toBe('enabled');
        expect(world.snapshot.pausedBy).toBeUndefined();
        expect(found?.pod).toMatchObject({ paused: false, terminating: false, mirror: false, localData: [] });
        expect(found?.pod?.controller).toBeDefined();
      }
    }),
  );
});

test('never acts within the cool-down or beyond the attempts', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const times = world.snapshot.incidents.flatMap(({ status }) =>
        (status?.actions ?? []).map(({ sentAt }) => Date.parse(sentAt ?? '')),
      );
      const recent = times.filter((time) => noon - time < 4 * 3_600_000);
      for (const { actions, finding: found } of run(world).steps) {
        if (actions === undefined) continue;
        const waited = noon - Math.max(0, ...recent);
        const sameTemplate = found?.pod?.templateHash === 'abc' ? recent.length : 0;
        expect(waited).toBeGreaterThanOrEqual(cooldownSeconds(120, 1800, recent.length) * 1000);
        expect(sameTemplate).toBeLessThan(limits.maxAttempts);
      }
    }),
  );
});

test('never takes the last ready pod', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (const { actions, finding: found } of run(world).steps) {
        if (actions === undefined || found?.pod?.ready !== true) continue;
        expect(
          world.snapshot.pods.filter((one) => one.ready && !one.terminating && one.uid !== found.pod?.uid),
        ).not.toEqual([]);
      }
    }),
  );
});

test('comes to rest on its own output: after a few stored looks nothing more is written', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      let settled = world;
      for (let round = 0; round < 4; round += 1) settled = stored(settled);
      expect(run(settled).steps.filter(({ status }) => status !== undefined)).toEqual([]);
    }),
  );
});

test('keeps every status within the bounds of the resource', () => {
  fc.assert(
    fc.property(worlds, (world) => {
      for (const { status } of run(world).steps) {
        if (status === undefined) continue;
        expect(status.timeline.length).toBeLessThanOrEqual(50);
        expect((status.actions ?? []).length).toBeLessThanOrEqual(20);
        expect(status.message.length).toBeLessThanOrEqual(1024);
        const after = afterAct(status, { result: 'failed', message: 'x'.repeat(5_000) }, noon);
        const messages = [after.message, ...(after.actions ?? []).map(({ message = '' }) => message)];
        expect(Math.max(...messages.map(({ length }) => length))).toBeLessThanOrEqual(1024);
      }
    }),
  );
});

test('doubles the cool-down from its base to 30 min and never shortens it', () => {
  expect([0, 1, 2, 3, 5, 50].map((actions) => cooldownSeconds(120, 1800, actions))).toEqual([
    120, 120, 240, 480, 1800, 1800,
  ]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400 }), fc.nat(100), (base, actions) => {
      expect(cooldownSeconds(base, 1800, actions + 1)).toBeGreaterThanOrEqual(cooldownSeconds(base, 1800, actions));
      expect(cooldownSeconds(base, 1800, actions)).toBeGreaterThanOrEqual(base);
    }),
  );
});
