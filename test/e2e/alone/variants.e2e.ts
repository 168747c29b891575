import { expect, onTestFinished } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import { agentContainerName, restartAllAnnotation } from '#contract/annotations.ts';
import { agentPowers } from '#contract/vocabulary.ts';
import { helmWait, releaseRevision, rollBackRelease, upgradeRelease } from '../support/helm.ts';
import { releasePods } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const restoreMilliseconds = 240_000;

test('the API server is asked for what injection makes of pods, and takes all that the values ask for', async ({
  cluster,
}) => {
  const replicas = (await releasePods(cluster, 'webhook')).length;
  const samples = await scrape(cluster, 'webhook');
  for (const variant of ['agent', ...agentPowers.filter((power) => power !== 'restart-all')]) {
    expect(samples.get(`autopilot_injection_variants{variant="${variant}",verdict="accepted"}`)).toBe(replicas);
    expect(samples.get(`autopilot_injection_variants{variant="${variant}",verdict="refused"}`)).toBe(0);
  }
});

test('a power that the API server takes no pod with is off, and pods that ask for it run without it', async ({
  cluster,
  namespace,
  skip,
}) => {
  const { apps, settings } = cluster;
  const where = { name: `${settings.release}-webhook`, namespace: settings.releaseNamespace };
  const { spec } = await apps.readNamespacedDeployment(where);
  const variables = spec?.template.spec?.containers.flatMap(({ env = [] }) => env) ?? [];
  const isOn = variables.some(
    ({ name, value }) => name === 'AUTOPILOT_AGENT_RESTART_ALL_CONTAINERS' && value === 'true',
  );
  skip(isOn, 'this cluster was made with the feature gates of RESTART_ALL_CONTAINERS=1');
  const revision = await releaseRevision(cluster);
  onTestFinished(async () => await rollBackRelease(cluster, revision), restoreMilliseconds);
  await upgradeRelease(cluster, { 'agent.restartAllContainers': 'true', 'webhook.replicas': '1' }, helmWait);
  await waitUntil('the end of the webhooks of before', 60, async () => {
    const pods = await releasePods(cluster, 'webhook');
    return pods.length === 1 ? true : notYet(`${pods.length} pods`);
  });

  const samples = await scrape(cluster, 'webhook');
  expect(samples.get('autopilot_injection_variants{variant="restart-all",verdict="refused"}')).toBe(1);
  expect(samples.get('autopilot_injection_variants{variant="agent",verdict="accepted"}')).toBe(1);
  const pod = await startApp(cluster, await namespace('enabled'), { annotations: { [restartAllAnnotation]: 'true' } });
  const agent = pod.spec?.initContainers?.find(({ name }) => name === agentContainerName);
  const powers = agent?.env?.find(({ name }) => name === agentVariables.powers)?.value ?? '{}';
  expect(JSON.parse(powers)).toEqual({ 'restart-all': 'refused' });
});
