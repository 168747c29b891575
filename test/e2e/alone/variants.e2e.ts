import { expect, onTestFinished } from 'vitest';
import { agentVariables } from '#contract/agent-settings.ts';
import { agentContainerName, restartAllAnnotation } from '#contract/annotations.ts';
import { agentPowers } from '#contract/vocabulary.ts';
import { helmWait, releaseRevision, rollBackRelease, upgradeRelease } from '../support/helm.ts';
import { canRestartAll, releasePods, untilReleasePods } from '../support/release.ts';
import { scrape } from '../support/scrape.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';

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
  skip(await canRestartAll(cluster), 'this cluster was made with the feature gates of RESTART_ALL_CONTAINERS=1');
  const revision = await releaseRevision(cluster);
  onTestFinished(async () => await rollBackRelease(cluster, revision), restoreMilliseconds);
  await upgradeRelease(cluster, { 'agent.restartAllContainers': 'true', 'webhook.replicas': '1' }, helmWait);
  await untilReleasePods(cluster, 'webhook', 1);

  const samples = await scrape(cluster, 'webhook');
  expect(samples.get('autopilot_injection_variants{variant="restart-all",verdict="refused"}')).toBe(1);
  expect(samples.get('autopilot_injection_variants{variant="agent",verdict="accepted"}')).toBe(1);
  const pod = await startApp(cluster, await namespace('enabled'), { annotations: { [restartAllAnnotation]: 'true' } });
  const agent = pod.spec?.initContainers?.find(({ name }) => name === agentContainerName);
  const powers = agent?.env?.find(({ name }) => name === agentVariables.powers)?.value ?? '{}';
  expect(JSON.parse(powers)).toEqual({ 'restart-all': 'refused' });
});
