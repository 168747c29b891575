import { leaveAgentsAlone } from '../support/agents-alone.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { test } from '../support/test.ts';

const { provider } = readEndToEndSettings();

test.skipIf(provider !== 'embedded')(
  'while controller and API server are away for 5 min, an agent heals what it may, and what it found arrives afterwards',
  async ({ cluster, namespace }) => {
    await leaveAgentsAlone(cluster, await namespace('enabled'), 300);
  },
);
