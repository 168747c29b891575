import { expect } from 'vitest';
import { underLoad, unharmed } from '../support/admission-load.ts';
import { rollWebhook } from '../support/roll-release.ts';
import { rotateCertificates } from '../support/rotation.ts';
import { test } from '../support/test.ts';

const rotations = 10;

/** Each authority that is appended makes the API server connect anew; every few rotations the webhook itself is new. */
const rotationsBetweenRolls = 3;

test('fault 27: while authority and leaf are rotated ten times under load, every pod is injected and no call fails', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const result = await underLoad(cluster, name, async () => {
    for (let rotation = 1; rotation <= rotations; rotation += 1) {
      await rotateCertificates(cluster);
      if (rotation % rotationsBetweenRolls === 0) await rollWebhook(cluster);
    }
  });
  expect(result).toMatchObject(unharmed);
  expect(result.calls).toBeGreaterThanOrEqual(result.answers);
});
