import { expect } from 'vitest';
import { resolvedIncident } from './support/incidents.ts';
import { injectFault } from './support/pods.ts';
import { createPolicy, quick } from './support/policies.ts';
import { messagesAbout } from './support/sink.ts';
import { startApp } from './support/start-app.ts';
import { test } from './support/test.ts';

test('an incident keeps why the container ended and its last words, without the secrets among them', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  await createPolicy(cluster, name, quick);
  const pod = await startApp(cluster, name, {
    container: { env: [{ name: 'FAULTY_APP_PASSWORD', value: 'hunter2' }] },
  });
  await injectFault(cluster, pod, 'corrupt-state');
  const incident = await resolvedIncident(cluster, name);
  expect(incident.status?.evidence).toMatchObject({
    cause: 'application-error',
    container: 'app',
    exitCode: 1,
    terminatedReason: 'Error',
    node: pod.spec?.nodeName,
  });
  const log = incident.status?.evidence?.log?.join('\n') ?? '';
  expect(log).toContain('state.json is corrupt');
  expect(log).toContain('password=[redacted]');
  expect(JSON.stringify(incident)).not.toContain('hunter2');
  expect((await messagesAbout(cluster, name)).filter(({ body }) => body.includes('hunter2'))).toEqual([]);
});
