import { expect } from 'vitest';
import { shareProcessNamespaceAnnotation } from '#contract/annotations.ts';
import { agentSamples, agentSawSuccess } from '../support/agent.ts';
import { whileKubeletIsFrozen } from '../support/frozen-kubelet.ts';
import { waitForIncident } from '../support/incidents.ts';
import { signalContainer } from '../support/leader.ts';
import { readEndToEndSettings } from '../support/settings.ts';
import { startApp } from '../support/start-app.ts';
import { test } from '../support/test.ts';
import { notYet, waitUntil } from '../support/wait-until.ts';

const { provider } = readEndToEndSettings();

/** The kubelet is let go when the incident is there, and at the latest before its node counts as lost. */
const frozenSeconds = 30;

test.skipIf(provider !== 'embedded')(
  'a main process that is killed while no kubelet looks is missed by the agent beside it, and recorded',
  async ({ cluster, namespace }) => {
    const name = await namespace('enabled');
    const pod = await startApp(cluster, name, { annotations: { [shareProcessNamespaceAnnotation]: 'true' } });
    await agentSawSuccess(cluster, pod);
    await waitUntil('the agent sees the app’s memory', 60, async () => {
      const samples = await agentSamples(cluster, pod);
      return samples.has('autopilot_agent_app_memory_used_ratio') ? true : notYet([...samples.keys()].join(' '));
    });

    const { killedAt, incident } = await whileKubeletIsFrozen(async () => {
      const at = Date.now();
      expect(await signalContainer(cluster, pod, 'SIGKILL')).toBe(true);
      const found = await waitForIncident(cluster, name, 'ProcessVanished', frozenSeconds, ({ spec, status }) => {
        return spec.failureClass === 'ProcessVanished' && status?.evidence !== undefined;
      });
      return { killedAt: at, incident: found };
    });
    const { status } = incident;
    const seenAt = Date.parse(status?.times?.faultAt ?? '');
    console.log(`killed ${new Date(killedAt).toISOString()}, missed by the agent ${seenAt - killedAt} ms later`);

    expect(status?.evidence).toMatchObject({
      cause: 'process-gone',
      container: 'app',
    });
    expect(status?.evidence?.minuteBefore).toBeDefined();
  },
);
