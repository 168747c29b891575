import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import type { ReceivedMessage } from './sink/server.ts';
import { resolvedIncident } from './support/incidents.ts';
import { injectFault, onlyReadyPod } from './support/pods.ts';
import { receivedMessages, signingSecret } from './support/sink.ts';
import { test } from './support/test.ts';
import { notYet, waitUntil } from './support/wait-until.ts';
import { appDeployment } from './support/workloads.ts';

test('all three destinations hear of a fault and of its end, the custom one with a valid signature', async ({
  cluster,
  namespace,
}) => {
  const name = await namespace('enabled');
  const body = appDeployment('app', { image: cluster.image('faulty-app'), disposable: true });
  await cluster.apps.createNamespacedDeployment({ namespace: name, body });
  await injectFault(cluster, await onlyReadyPod(cluster, name), 'corrupt-state');
  await resolvedIncident(cluster, name);

  const heard = await waitUntil('two messages at each destination', 60, async () => {
    const about = (await receivedMessages(cluster)).filter((message) => message.body.includes(name));
    const byTarget = {
      slack: about.filter(({ target }) => target.startsWith('/slack')),
      discord: about.filter(({ target }) => target.startsWith('/discord')),
      webhook: about.filter(({ target }) => target.startsWith('/webhook')),
    };
    const counts = Object.values(byTarget).map(({ length }) => length);
    return counts.every((count) => count >= 2) ? byTarget : notYet(`${counts.join(', ')} messages`);
  });

  for (const messages of Object.values(heard)) {
    expect(messages[0]?.body).toContain('CrashLoopBackOff');
    expect(messages.at(-1)?.body).toContain('Resolved');
  }
  expect(heard.webhook.map(verified)).toEqual(heard.webhook.map((message) => JSON.parse(message.body)));
  const tampered = { ...heard.webhook[0], body: `${heard.webhook[0]?.body} ` } as ReceivedMessage;
  expect(() => verified(tampered)).toThrow('No matching signature');
});

function verified({ body, headers }: ReceivedMessage): unknown {
  return new Webhook(signingSecret).verify(body, headers as Record<string, string>);
}
