import { expect, onTestFinished } from 'vitest';
import { pausedAnnotation } from '#contract/annotations.ts';
import { annotate, pathTo } from '../support/annotate.ts';
import { heldIncident, resolvedIncident } from '../support/incidents.ts';
import { injectFault, livePods, uidsOf } from '../support/pods.ts';
import { createPolicy, quick } from '../support/policies.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';

test('one annotation on the release’s namespace holds every act anywhere, until it is taken away', async ({
  cluster,
  namespace,
}) => {
  const release = pathTo.namespace(cluster.settings.releaseNamespace);
  const [one, other] = [await namespace('enabled'), await namespace('enabled')];
  await Promise.all([createPolicy(cluster, one, quick), createPolicy(cluster, other, quick)]);
  const pods = await Promise.all([startApp(cluster, one), startApp(cluster, other)]);
  onTestFinished(() => annotate(cluster, release, { [pausedAnnotation]: null }));
  await annotate(cluster, release, { [pausedAnnotation]: 'true' });
  await Promise.all(pods.map((pod) => injectFault(cluster, pod, 'corrupt-state')));
  const held = await Promise.all([heldIncident(cluster, one, 'paused'), heldIncident(cluster, other, 'paused')]);
  for (const { status } of held) expect(status?.message).toContain('release');
  const live = [...(await livePods(cluster, one)), ...(await livePods(cluster, other))];
  expect(uidsOf(live)).toEqual(uidsOf(pods));

  await annotate(cluster, release, { [pausedAnnotation]: null });
  for (const name of [one, other]) {
    const { status } = await resolvedIncident(cluster, name);
    expect(status?.actions).toMatchObject([{ kinds: ['evict-pod'], result: 'done' }]);
  }
});
