import { healAfterOutage } from './support/outage.ts';
import { readEndToEndSettings } from './support/settings.ts';
import { test } from './support/test.ts';

const { provider } = readEndToEndSettings();

// `make test-long` does the same for five minutes.
test.skipIf(provider !== 'embedded')(
  'a crash loop that begins while the API server hangs for 20 s is healed once it answers again',
  async ({ cluster, namespace }) => {
    await healAfterOutage(cluster, await namespace('enabled'), 20);
  },
);
