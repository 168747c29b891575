import { onTestFinished } from 'vitest';
import { onlyEmbedded } from '../support/audit.ts';
import { healThroughKills, killPoints, seeded } from '../support/kill-nine.ts';
import { renewControllers } from '../support/leader.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';

const { provider, seed } = readEndToEndSettings();
const renewMilliseconds = 180_000;

// `make test-long` does the same at 20 points. AUTOPILOT_E2E_SEED gives the points of a failed run again.
test(`a kill -9 of controllers at 3 points of episodes neither repeats nor forgets an act (seed ${seed})`, async ({
  cluster,
  namespace,
  skip,
}) => {
  skip(provider !== 'embedded', onlyEmbedded);
  onTestFinished(() => renewControllers(cluster), renewMilliseconds);
  await healThroughKills(cluster, () => namespace('enabled'), killPoints(3, seeded(seed)));
});
