import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import { readAgentSettings } from './settings.ts';

const good = {
  AUTOPILOT_REPORT_URL: 'https://controller.autopilot.svc/v1/reports',
  AUTOPILOT_CA: '-----BEGIN CERTIFICATE-----',
  AUTOPILOT_TOKEN_FILE: '/var/run/token',
  AUTOPILOT_NAMESPACE: 'shop',
  AUTOPILOT_POD_NAME: 'cart-1',
  AUTOPILOT_POD_UID: 'uid-1',
  AUTOPILOT_POD_IP: 'fd00::7',
  AUTOPILOT_PROBES: '[]',
};

describe('the agent’s settings', () => {
  test('have defaults for the pace and the port', () => {
    expect(readAgentSettings(good)).toEqual({
      settings: {
        reportUrl: good.AUTOPILOT_REPORT_URL,
        authorities: good.AUTOPILOT_CA,
        tokenFile: good.AUTOPILOT_TOKEN_FILE,
        pod: { namespace: 'shop', name: 'cart-1', uid: 'uid-1' },
        podIp: 'fd00::7',
        targets: [],
        probeSeconds: 1,
        port: 9615,
        askedPowers: {},
        cacheFolders: [],
      },
    });
  });

  test('hold the powers that the pod asks for and the folders of its cache', () => {
    const read = readAgentSettings({
      ...good,
      AUTOPILOT_POWERS: '{"restart-container":"uid-unknown","clear-cache":"given","of-the-future":"given"}',
      AUTOPILOT_CACHE_FOLDERS: '["data/var/tmp","scratch"]',
    });
    expect(read).toMatchObject({
      settings: {
        askedPowers: { 'restart-container': 'uid-unknown', 'clear-cache': 'given' },
        cacheFolders: [
          { volume: 'data', folders: ['var', 'tmp'] },
          { volume: 'scratch', folders: [] },
        ],
      },
    });
  });

  test('name every one that is missing', () => {
    expect(readAgentSettings({})).toEqual({ problems: Object.keys(good).map((name) => `${name} is required`) });
  });

  test.each([
    ['AUTOPILOT_REPORT_URL', 'http://controller/v1/reports'],
    ['AUTOPILOT_REPORT_URL', 'https://'],
    ['AUTOPILOT_CA', 'garbage'],
    ['AUTOPILOT_TOKEN_FILE', 'token'],
    ['AUTOPILOT_POD_IP', 'cart.shop.svc'],
    ['AUTOPILOT_PROBES', '{}'],
    ['AUTOPILOT_PROBE_SECONDS', '0'],
    ['AUTOPILOT_PROBE_SECONDS', 'often'],
    ['AUTOPILOT_PORT', '65536'],
    ['AUTOPILOT_PORT', '80.5'],
    ['AUTOPILOT_POWERS', '[]'],
    ['AUTOPILOT_POWERS', '{"clear-cache":"perhaps"}'],
    ['AUTOPILOT_CACHE_FOLDERS', '["data/../../etc"]'],
    ['AUTOPILOT_CACHE_FOLDERS', '["/etc"]'],
    ['AUTOPILOT_CACHE_FOLDERS', '{}'],
  ])('refuse %s=%s by its name, without its value', (name, value) => {
    const read = readAgentSettings({ ...good, [name]: value });
    expect(read).toEqual({ problems: [expect.stringContaining(`${name} is not`)] });
  });

  test('of any content are read or refused, never thrown at', () => {
    const names = Object.values(agentVariables);
    const environment = fc.dictionary(fc.constantFrom(...names), fc.oneof(fc.string(), fc.json()));
    fc.assert(
      fc.property(environment, (variables) => {
        const read = readAgentSettings({ ...good, ...variables });
        expect('settings' in read || read.problems.length > 0).toBe(true);
      }),
    );
  });
});
