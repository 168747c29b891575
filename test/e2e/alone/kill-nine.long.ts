import { onlyEmbedded } from '../support/audit.ts';
import { healThroughKill, killPoints, seeded } from '../support/kill-nine.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';

const { provider, seed } = readEndToEndSettings();

test.for(killPoints(20, seeded(seed)))(
  `seed ${seed}: a kill -9 of controllers (%j) neither repeats nor forgets an act`,
  async (point, { cluster, namespace, skip }) => {
    skip(provider !== 'embedded', onlyEmbedded);
    await healThroughKill(cluster, await namespace('enabled'), point);
  },
);
