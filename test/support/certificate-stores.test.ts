import { expect, test } from 'vitest';
import { makeMemoryConfiguration, makeMemorySecrets, type MemorySecrets } from './certificate-stores.ts';

test('a write with an old resourceVersion is a conflict and changes nothing', async () => {
  const secrets = makeMemorySecrets();
  secrets.overwrite('tls', { a: '0' });
  const before = await versionOf(secrets);
  secrets.overwrite('tls', { a: '1' });
  expect(await secrets.write('tls', before, { a: '2' })).toBe('conflict');
  expect([secrets.get('tls'), secrets.writes()]).toEqual([{ a: '1' }, 0]);
});

test('a write keeps the keys that it does not name', async () => {
  const secrets = makeMemorySecrets();
  secrets.overwrite('tls', { a: '1', b: '1' });
  expect(await secrets.write('tls', await versionOf(secrets), { b: '2' })).toBe('written');
  expect(secrets.get('tls')).toEqual({ a: '1', b: '2' });
});

test('a bundle is written to every entry', async () => {
  const configuration = makeMemoryConfiguration(2);
  await configuration.write(await configuration.read(), 'pem');
  expect(configuration.bundles).toEqual(['pem', 'pem']);
});

test('a Secret that was deleted is absent until somebody makes it again', async () => {
  const secrets = makeMemorySecrets();
  const before = await versionOf(secrets);
  secrets.delete('tls');
  expect(await secrets.read('tls')).toBe('absent');
  expect(await secrets.write('tls', before, { a: '1' })).toBe('conflict');
  secrets.overwrite('tls', {});
  expect(await secrets.write('tls', await versionOf(secrets), { a: '1' })).toBe('written');
});

test('a configuration refuses what was read before somebody wrote it', async () => {
  const configuration = makeMemoryConfiguration(1);
  const before = await configuration.read();
  configuration.bundles = ['theirs'];
  expect(await configuration.write(before, 'ours')).toBe('conflict');
  expect(configuration.bundles).toEqual(['theirs']);
});

async function versionOf(secrets: MemorySecrets): Promise<string> {
  const stored = await secrets.read('tls');
  if (stored === 'absent') throw new Error('it is absent');
  return stored.resourceVersion;
}
