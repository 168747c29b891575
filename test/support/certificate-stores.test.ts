import { expect, test } from 'vitest';
import { makeMemoryConfiguration, makeMemorySecrets } from './certificate-stores.ts';

test('a write with an old resourceVersion is a conflict and changes nothing', async () => {
  const secrets = makeMemorySecrets();
  const { resourceVersion } = await secrets.read('tls');
  secrets.overwrite('tls', { a: '1' });
  expect(await secrets.write('tls', resourceVersion, { a: '2' })).toBe('conflict');
  expect([secrets.get('tls'), secrets.writes()]).toEqual([{ a: '1' }, 0]);
});

test('a write keeps the keys that it does not name', async () => {
  const secrets = makeMemorySecrets();
  secrets.overwrite('tls', { a: '1', b: '1' });
  const { resourceVersion } = await secrets.read('tls');
  expect(await secrets.write('tls', resourceVersion, { b: '2' })).toBe('written');
  expect(secrets.get('tls')).toEqual({ a: '1', b: '2' });
});

test('a bundle is written to every entry', async () => {
  const configuration = makeMemoryConfiguration(2);
  await configuration.write(await configuration.read(), 'pem');
  expect(configuration.bundles).toEqual(['pem', 'pem']);
});
