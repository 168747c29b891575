import { expect } from 'vitest';
import { heldIncident, resolvedIncident } from './support/incidents.ts';
import { injectFault, livePods, uidsOf } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('outside of its maintenance windows a policy holds, and says until when', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  // A month that begins about half a year from now.
  const month = ((new Date().getUTCMonth() + 6) % 12) + 1;
  const window = { schedule: `30 2 1 ${month} *`, timeZone: 'Etc/UTC', durationMinutes: 60 };
  await createPolicy(cluster, name, { ...quick, maintenanceWindows: [window] });
  const pod = await startApp(cluster, name);
  await injectFault(cluster, pod, 'corrupt-state');
  const { status } = await heldIncident(cluster, name, 'outside-window');
  expect(status?.message).toMatch(new RegExp(`-${String(month).padStart(2, '0')}-01T02:30:00`));
  expect(status?.actions ?? []).toEqual([]);
  expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);
});

test('inside of one it acts', async ({ cluster, namespace }) => {
  const name = await namespace('enabled');
  const window = { schedule: '0 0 * * *', timeZone: 'Etc/UTC', durationMinutes: 10_080 };
  await createPolicy(cluster, name, { ...quick, maintenanceWindows: [window] });
  await injectFault(cluster, await startApp(cluster, name), 'corrupt-state');
  const { status } = await resolvedIncident(cluster, name);
  expect(status?.attempts).toBe(1);
});
