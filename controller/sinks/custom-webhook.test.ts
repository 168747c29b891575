import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { notice, scriptedNetwork } from '#test/support/notices.ts';
import { cloudEvent, customWebhookSink } from './custom-webhook.ts';

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const url = 'https://hooks.test/';

test('signs a CloudEvent so that a Standard Webhooks receiver accepts it', async () => {
  const network = scriptedNetwork({ status: 204, body: '' });
  expect(await customWebhookSink(url, secret).deliver(notice(), network, Date.now())).toEqual({ result: 'delivered' });
  const [request] = network.sent;
  expect(request?.headers['content-type']).toBe('application/cloudevents+json');
  expect(new Webhook(secret).verify(request?.body ?? '', { ...request?.headers })).toMatchObject({
    specversion: '1.0',
    type: 'io.infra-autopilot.incident.opened',
    subject: 'shop/Deployment/web',
    data: { failureClass: 'CrashLoopBackOff' },
  });
});

test('keeps its id on a retry and has another for the result', () => {
  const ids = [notice(), notice(), notice({ kind: 'result', phase: 'Resolved' })].map((one) => cloudEvent(one).id);
  expect(ids).toEqual(['incident-uid-opened-acting', 'incident-uid-opened-acting', 'incident-uid-result-resolved']);
});

test.each([
  [410, 'gone'],
  [302, 'refused'],
  [400, 'refused'],
  [429, 'retry'],
  [500, 'retry'],
])('takes an answer of %i for %s', async (status, result) => {
  expect(
    await customWebhookSink(url, secret).deliver(notice(), scriptedNetwork({ status, body: '' }), 0),
  ).toMatchObject({ result });
});
