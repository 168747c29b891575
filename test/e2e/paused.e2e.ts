import { expect } from 'vitest';
import { pausedAnnotation } from '#contract/annotations.ts';
import { annotate, pathTo } from './support/annotate.ts';
import { heldIncident, resolvedIncident } from './support/incidents.ts';
import { injectFault, livePods, nameOf, uidsOf } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

const places = [
  { place: 'pod', path: (namespace: string, pod: string) => pathTo.pod(namespace, pod) },
  { place: 'owner', path: (namespace: string) => pathTo.deployment(namespace, 'app') },
  { place: 'namespace', path: (namespace: string) => pathTo.namespace(namespace) },
] as const;

test.for(places)(
  'a pause on the $place holds every act, and its end lets it be done',
  async ({ place, path }, { cluster, namespace }) => {
    const name = await namespace('enabled');
    await createPolicy(cluster, name, quick);
    const pod = await startApp(cluster, name);
    await annotate(cluster, path(name, nameOf(pod)), { [pausedAnnotation]: 'true' });
    await injectFault(cluster, pod, 'corrupt-state');
    const held = await heldIncident(cluster, name, 'paused');
    expect(held.status?.message).toContain(place);
    expect(held.status?.actions ?? []).toEqual([]);
    expect(uidsOf(await livePods(cluster, name))).toEqual([pod.metadata?.uid]);

    await annotate(cluster, path(name, nameOf(pod)), { [pausedAnnotation]: null });
    const { status } = await resolvedIncident(cluster, name);
    expect(status?.actions).toMatchObject([
      { kinds: ['evict-pod'], target: { uid: pod.metadata?.uid }, result: 'done' },
    ]);
  },
);
