import { beforeEach, describe, expect, test } from 'vitest';
import {
  makeCertificateWorld,
  controllerSecret,
  makeReplica,
  ownSecret,
  type CertificateWorld,
  type Replica,
} from '#test/support/certificate-replica.ts';
import { chainsTo, inspectLeaf, readBundle, readCertificate } from '../certificates/inspect.ts';

const minute = 60_000;
const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);

let world: CertificateWorld;
beforeEach(() => {
  world = makeCertificateWorld(start);
});

function signerOf(replica: Replica): string | undefined {
  return readBundle(replica.authorities() ?? '')[0]?.fingerprint256;
}

/** Whether the leaf that a replica serves is signed by the authority that signs now. */
function servesByNewest(replica: Replica): boolean {
  const [signer] = readBundle(replica.authorities() ?? '');
  const leaf = readCertificate(replica.served.at(-1)?.cert ?? '');
  return signer !== undefined && leaf !== undefined && chainsTo(leaf, signer.toString(), world.now);
}

describe('fault 27: while authorities and leaves are rotated', () => {
  test('every call gets through at every moment of two years, and agents trust the controller through their lagging file', async () => {
    const replicas = [makeReplica(world), makeReplica(world)];
    const signers = new Set<string | undefined>();
    const leaves = new Set<string | undefined>();
    let file = '';
    const everyone = async (): Promise<void> => {
      for (const replica of replicas) {
        await replica.check();
        expect(replicas.filter(({ served }) => served.length > 0).every((one) => one.isCallable())).toBe(true);
        const { 'tls.crt': cert = '', 'tls.key': key = '' } = world.secrets.get(controllerSecret.secret);
        const trusted = file === '' ? (replica.authorities() ?? '') : file;
        expect(inspectLeaf({ cert, key }, trusted, controllerSecret.dnsNames, world.now)).not.toBe('untrusted');
      }
    };
    for (let at = 0; at <= 730; at += 10) {
      world.now = start + at * day;
      for (const pause of [0, 8_000, 90_000, 90_000]) {
        world.now += pause;
        await everyone();
        // The file that agents read is 90 s behind the Secret.
        if (pause === 90_000) file = world.secrets.get(controllerSecret.secret)['ca.crt'] ?? '';
      }
      signers.add(replicas[0] && signerOf(replicas[0]));
      leaves.add(replicas[0]?.served.at(-1)?.cert);
    }
    expect([signers.size, leaves.size >= 30]).toEqual([3, true]);
    expect(replicas.map((replica) => replica.notReady())).toEqual([undefined, undefined]);
  }, 240_000);

  test('a new leaf waits until the new authority has been in every entry for three minutes, not merely issued', async () => {
    const replica = makeReplica(world);
    await replica.check();
    world.now = start + 230 * day;
    await replica.check();
    world.now = start + 251 * day;
    const write = world.configuration.write.bind(world.configuration);
    world.configuration.write = () => Promise.resolve('conflict');
    await replica.check();
    world.now += 10 * minute;
    await replica.check();
    expect([servesByNewest(replica), replica.isCallable()]).toEqual([false, true]);
    world.configuration.write = write;
    await replica.check();
    for (const [pause, byNewest] of [
      [179_000, false],
      [1_000, true],
    ] as const) {
      world.now += pause;
      await replica.check();
      expect([servesByNewest(replica), replica.isCallable()]).toEqual([byNewest, true]);
    }
  });

  test('the old authority stays in every entry for longer than any leaf of its lives', async () => {
    const replica = makeReplica(world);
    await replica.check();
    const [old] = readBundle(replica.authorities() ?? '');
    world.now = start + 244 * day;
    await replica.check();
    world.now += 31 * day;
    await replica.check();
    for (const bundle of world.configuration.bundles) {
      expect(readBundle(bundle).map((one) => one.fingerprint256)).toContain(old?.fingerprint256);
    }
  });

  test('a replica that has read an old Secret does not write its bundle over a newer one', async () => {
    const newer = makeReplica(world);
    await newer.check();
    const read = world.secrets.read.bind(world.secrets);
    const older = makeReplica(world);
    await older.check();
    // An entry has drifted, so that both of them have something to write.
    world.configuration.bundles = [world.configuration.bundles[0] ?? '', ''];
    let isFirst = true;
    world.secrets.read = async (name) => {
      const stored = await read(name);
      if (name !== ownSecret.secret || !isFirst) return stored;
      isFirst = false;
      // While the answer is on its way, the other replica replaces an authority whose key was lost.
      world.secrets.overwrite(name, { ...world.secrets.get(name), 'ca.key': 'garbage' });
      await makeReplica(world).check();
      return stored;
    };
    await older.check();
    world.secrets.read = read;
    const bundle = world.secrets.get(ownSecret.secret)['ca.crt'];
    expect(world.configuration.bundles).toEqual([bundle, bundle]);
    expect(older.isCallable()).toBe(true);
  });
});
