import { expect } from 'vitest';
import { underLoad, unharmed } from '../support/admission-load.ts';
import { rollWebhook } from '../support/roll-release.ts';
import { rotateCertificates } from '../support/rotation.ts';
import { test } from '../support/test.ts';

test('fault 27: while authority and leaf are rotated under load, every pod is injected and no call fails', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const result = await underLoad(cluster, name, () => rotateCertificates(cluster));
  expect(result).toMatchObject(unharmed);
  expect(result.calls).toBeGreaterThanOrEqual(result.answers);
});

test('fault 31: while the webhook is rolled under load, every pod is injected and no call fails', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const result = await underLoad(cluster, name, () => rollWebhook(cluster));
  expect(result).toMatchObject(unharmed);
  expect(result.calls).toBeGreaterThanOrEqual(result.answers);
});
