import { expect } from 'vitest';
import { waitForIncident } from './support/incidents.ts';
import { scrape } from './support/scrape.ts';
import { test } from './support/test.ts';
import { appDeployment } from './support/workloads.ts';

const injected = 'autopilot_admission_reviews_total{reason="injected"}';
const findings = 'autopilot_findings_total{failure_class="ImagePullBackOff"}';

test('what was injected and found can be scraped as counters', async ({ cluster, namespace }) => {
  const before = { webhook: await scrape(cluster, 'webhook'), controller: await scrape(cluster, 'controller') };
  expect(before.webhook.get(injected)).toBeGreaterThanOrEqual(0);
  expect(before.controller.get(findings)).toBeGreaterThanOrEqual(0);

  const name = await namespace('enabled');
  const body = appDeployment('app', { image: 'localhost:9/infra-autopilot/absent:none' });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  await waitForIncident(cluster, name, 'any', 90, ({ status }) => status !== undefined);

  const after = { webhook: await scrape(cluster, 'webhook'), controller: await scrape(cluster, 'controller') };
  expect(after.webhook.get(injected)).toBeGreaterThan(before.webhook.get(injected) ?? 0);
  expect(after.controller.get(findings)).toBeGreaterThan(before.controller.get(findings) ?? 0);
});
