import { leaveAgentsAlone } from '../support/agents-alone.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';

const { provider } = readEndToEndSettings();

// `make test-long` does the same for five minutes.
test.skipIf(provider !== 'embedded')(
  'while controller and API server are away for 30 s, an agent heals what it may, and what it found arrives afterwards',
  async ({ cluster, namespace }) => {
    await leaveAgentsAlone(cluster, await namespace('enabled'), 30);
  },
);
