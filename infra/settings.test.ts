import { describe, expect, it } from 'vitest';
import { readSettings } from './settings.ts';

describe('settings of the front door', () => {
  it('names a cluster after the checkout, and the test cluster apart from the demonstration’s', () => {
    const [demo, test] = [readSettings('demo', {}).clusterName, readSettings('test', {}).clusterName];
    expect(demo).toMatch(/^demo-[0-9a-f]{6}$/);
    expect(test).toBe(demo.replace('demo', 'test'));
  });

  it('names every problem at once', () => {
    const wrong = {
      CLUSTER: 'My_Cluster',
      PROVIDER: 'minikube',
      XDG_STATE_HOME: '/var/lib/a',
      XDG_CACHE_HOME: '/run/b',
    };
    expect(() => readSettings('demo', wrong)).toThrow(/CLUSTER[^]*PROVIDER[^]*XDG_STATE_HOME[^]*XDG_CACHE_HOME/);
  });

  it.each([
    ['1', true],
    ['true', true],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('reads DEMO_KEEP=%s as %s', (value, keep) => {
    expect(readSettings('demo', { DEMO_KEEP: value }).keepDemo).toBe(keep);
  });
});
