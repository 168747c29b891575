import { expect } from 'vitest';
import { listIncidents } from './support/incidents.ts';
import { injectFault } from './support/pods.ts';
import { messagesAbout } from './support/sink.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';

const workloads = 8;
/** The chart's default: the fifth failing workload of a namespace opens its breaker. */
const actedUponAtMost = 4;

test('when many workloads of a namespace fail at once few are acted upon, and people hear of the rest once', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const names = Array.from({ length: workloads }, (_, index) => `app-${index}`);
  const pods = await Promise.all(names.map((each) => startApp(cluster, name, { name: each })));
  await Promise.all(pods.map((pod) => injectFault(cluster, pod, 'corrupt-state')));

  const incidents = await waitUntil('a decision about each workload', 120, async () => {
    const now = await listIncidents(cluster, name);
    const decided = now.filter(({ status }) => (status?.attempts ?? 0) > 0 || status?.reason === 'breaker-open');
    const seen = now.map(({ spec, status }) => `${spec.workload.name} ${status?.phase} ${status?.reason ?? ''}`);
    return decided.length === workloads ? decided : notYet(seen.join(', '));
  });
  const acted = incidents.filter(({ status }) => (status?.attempts ?? 0) > 0);
  expect(acted.length).toBeLessThanOrEqual(actedUponAtMost);
  const held = incidents.filter(({ status }) => status?.attempts === 0);
  expect(held.length).toBeGreaterThanOrEqual(workloads - actedUponAtMost);
  for (const { status } of held) expect(status).toMatchObject({ phase: 'Held', breaker: 'namespace' });

  const shared = await waitUntil('the message about the breaker', 30, async () => {
    const about = (await messagesAbout(cluster, name)).filter(({ body }) => body.includes('breaker-open'));
    return about.length >= 3 ? about : notYet(`${about.length} messages`);
  });
  const perDestination = ['/slack', '/discord', '/webhook'].map(
    (destination) => shared.filter(({ target }) => target.startsWith(destination)).length,
  );
  expect(perDestination).toEqual([1, 1, 1]);
});
