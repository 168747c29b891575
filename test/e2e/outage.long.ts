import { healAfterOutage } from './support/outage.ts';
import { readEndToEndSettings } from './support/settings.ts';
import { test } from './support/test.ts';

const { provider } = readEndToEndSettings();

test.skipIf(provider !== 'embedded')(
  'a crash loop that begins while the API server hangs for 5 min is healed once it answers again',
  async ({ cluster, namespace }) => {
    await healAfterOutage(cluster, await namespace('enabled'), 300);
  },
);
