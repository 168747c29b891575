import { beforeEach, describe, expect, test } from 'vitest';
import {
  makeCertificateWorld,
  controllerSecret,
  makeReplica,
  ownSecret,
  type CertificateWorld,
  type Replica,
} from '#test/support/certificate-replica.ts';
import { sample } from '#test/support/webhook-server.ts';
import { inspectLeaf } from '../certificates/inspect.ts';

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

let world: CertificateWorld;
beforeEach(() => {
  world = makeCertificateWorld(start);
});

/** One round of each, 8 s after the last; after each of them every replica must be callable. */
async function rounds(replicas: readonly Replica[], count: number): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    world.now += 8_000;
    for (const replica of replicas) {
      await replica.check();
      expect(replicas.map((one) => [one.notReady(), one.isCallable()])).toEqual(replicas.map(() => [undefined, true]));
    }
  }
}

/** Whether an agent that is injected now, or was with these authorities, would trust the controller. */
function agentsTrustController(authorities: string | undefined): boolean {
  const { 'tls.crt': cert = '', 'tls.key': key = '' } = world.secrets.get('controller-tls');
  const fault = inspectLeaf({ cert, key }, authorities ?? '', controllerSecret.dnsNames, world.now);
  return fault === undefined || fault === 'due';
}

const missing = 'autopilot_certificate_secrets_missing{certificate="webhook"}';

describe('fault 28: a Secret that is deleted', () => {
  test('costs no call while the webhooks run: they serve from memory, stay ready, and say so', async () => {
    const first = makeReplica(world);
    const replicas = [first, makeReplica(world)];
    for (const replica of replicas) await replica.check();
    const leaf = first.served.at(-1);
    world.secrets.delete(ownSecret.secret);
    await rounds(replicas, 8);
    expect(replicas.map(({ served }) => served.at(-1))).toEqual([leaf, leaf]);
    expect(await sample(first.metrics, missing)).toBe(1);
    expect(agentsTrustController(first.authorities())).toBe(true);
  });

  test('is told of in an Event, once an hour for as long as it is gone, and anew the next time', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.secrets.delete(ownSecret.secret);
    await rounds([replica], 4);
    expect(world.events.told).toEqual([]);
    await rounds([replica], 400);
    expect(world.events.told).toEqual([expect.stringContaining('Secret webhook-tls is gone')]);
    await rounds([replica], 100);
    expect(world.events.told).toHaveLength(2);
    world.secrets.overwrite(ownSecret.secret, {});
    await rounds([replica], 1);
    world.secrets.delete(ownSecret.secret);
    await rounds([replica], 5);
    expect(world.events.told).toHaveLength(3);
  });

  test('costs no call either where the Event is refused', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.events.closed = true;
    world.secrets.delete(ownSecret.secret);
    await rounds([replica], 8);
    expect(world.events.told).toEqual([]);
  });

  test('does not keep a leaf from being renewed, in each replica’s memory', async () => {
    const replicas = [makeReplica(world), makeReplica(world)];
    for (const replica of replicas) await replica.check();
    world.secrets.delete(ownSecret.secret);
    for (let after = 10; after <= 60; after += 10) {
      world.now = start + after * day;
      await rounds(replicas, 2);
    }
    const leaves = replicas.map(({ served }) => new Set(served.map(({ cert }) => cert)).size);
    expect(leaves).toEqual([4, 4]);
  });

  test('does not keep drift of a caBundle from being repaired', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.secrets.delete(ownSecret.secret);
    world.configuration.bundles = ['', 'garbage'];
    await rounds([replica], 1);
    expect(world.configuration.bundles).toEqual([replica.authorities(), replica.authorities()]);
  });

  test('does not keep a webhook from starting, beside one that runs, and neither undoes what the other needs', async () => {
    const running = makeReplica(world);
    await running.check();
    const before = running.authorities();
    world.secrets.delete(ownSecret.secret);
    const starting = makeReplica(world);
    await starting.check();
    await rounds([running, starting], 5);
    expect(starting.authorities()).toContain(before);
    expect([running, starting].map((one) => agentsTrustController(one.authorities()))).toEqual([true, true]);
  });

  test('does not keep all webhooks from starting anew, and nobody fights', async () => {
    await makeReplica(world).check();
    world.secrets.delete(ownSecret.secret);
    const replicas = [makeReplica(world), makeReplica(world), makeReplica(world)];
    for (const replica of replicas) await replica.check();
    const bundles = world.configuration.bundles;
    const leaf = world.secrets.get('controller-tls');
    await rounds(replicas, 5);
    expect([world.configuration.bundles, world.secrets.get('controller-tls')]).toEqual([bundles, leaf]);
    expect(replicas.every((one) => agentsTrustController(one.authorities()))).toBe(true);
  });

  test('is filled again once `helm upgrade` has made it, and no call is lost on the way back to one authority', async () => {
    const before = makeReplica(world);
    await before.check();
    const old = before.authorities();
    world.secrets.delete(ownSecret.secret);
    const replicas = [makeReplica(world), makeReplica(world)];
    for (const replica of replicas) await replica.check();
    world.secrets.overwrite(ownSecret.secret, {});
    await rounds(replicas, 10);
    const [first, second] = replicas;
    expect(first?.served.at(-1)).toEqual(second?.served.at(-1));
    expect(world.configuration.bundles).toEqual([first?.authorities(), first?.authorities()]);
    expect(world.secrets.get(ownSecret.secret)['ca.crt']).toBe(first?.authorities());
    for (const authorities of [old, first?.authorities()]) expect(agentsTrustController(authorities)).toBe(true);
    for (const { metrics } of replicas) expect(await sample(metrics, missing)).toBe(0);
  });

  test('is filled with what was before where a webhook remembers it', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const before = world.secrets.get(ownSecret.secret);
    world.secrets.delete(ownSecret.secret);
    await rounds([replica], 3);
    world.secrets.overwrite(ownSecret.secret, {});
    await rounds([replica], 1);
    expect(world.secrets.get(ownSecret.secret)).toEqual(before);
  });

  test('may be the controller’s: the webhook’s own calls go on, and it is told', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.secrets.delete(controllerSecret.secret);
    await rounds([replica], 3);
    expect(await sample(replica.metrics, 'autopilot_certificate_secrets_missing{certificate="controller"}')).toBe(1);
    world.secrets.overwrite(controllerSecret.secret, {});
    await rounds([replica], 1);
    expect(agentsTrustController(replica.authorities())).toBe(true);
  });

  test('may be both, and a webhook that starts then still serves', async () => {
    await makeReplica(world).check();
    world.secrets.delete(ownSecret.secret);
    world.secrets.delete(controllerSecret.secret);
    const starting = makeReplica(world);
    await starting.check();
    await rounds([starting], 3);
    expect(starting.served).toHaveLength(1);
  });
});
