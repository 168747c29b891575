import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkHealth, type HealthQuestion } from '../../sidecar/grpc/check-health.ts';
import { makeNodeHost } from '../../sidecar/hosts/node/host.ts';
import { describeBrokenAnswers } from './broken-answers.ts';
import { undoAfterEach } from './loopback.ts';
import { programs, startDriver, type Driver } from './programs.ts';

undoAfterEach();

const built = programs();

describe.skipIf('problem' in built)('on QuickJS', () => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await startDriver('driver' in built ? built.driver : '');
  });
  afterAll(() => driver.running.child.kill('SIGKILL'));

  describeBrokenAnswers(() => driver.host, true);

  test('has not ended the agent', () => {
    expect(driver.running.child.exitCode).toBeNull();
  });
});

describe('on Node', () => {
  const host = makeNodeHost(process);
  const signal = () => Promise.resolve('refused' as const);
  const askHealth = (question: HealthQuestion) => checkHealth(host, question);
  describeBrokenAnswers(() => ({ ...host, processId: process.pid, checkHealth: askHealth, signal }), false);
});
