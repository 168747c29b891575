import { onTestFinished } from 'vitest';
import { onlyEmbedded } from '../support/audit.ts';
import { healThroughKills, killPoints, seeded } from '../support/kill-nine.ts';
import { renewControllers } from '../support/leader.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';

const { provider, seed } = readEndToEndSettings();
const renewMilliseconds = 180_000;
const together = 5;
const points = killPoints(20, seeded(seed));
const batches = Array.from({ length: points.length / together }, (_batch, index) => index * together);

test.for(batches)(
  `a kill -9 of controllers neither repeats nor forgets an act (seed ${seed}, ${together} of 20 points from %i on)`,
  async (from, { cluster, namespace, skip }) => {
    skip(provider !== 'embedded', onlyEmbedded);
    onTestFinished(() => renewControllers(cluster), renewMilliseconds);
    await healThroughKills(cluster, () => namespace('enabled'), points.slice(from, from + together));
  },
);
