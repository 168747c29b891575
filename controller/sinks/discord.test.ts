import { expect, test } from 'vitest';
import { notice, scriptedNetwork } from '#test/support/notices.ts';
import { discordMessage, discordSink } from './discord.ts';

const url = 'https://discord.test/api/webhooks/1/token?thread_id=5';
const posted = { status: 200, body: '{"id":"77"}' };

test('posts the opening and puts the result into the same message', async () => {
  const network = scriptedNetwork(posted);
  const sink = discordSink(url);
  await sink.deliver(notice(), network, 0);
  await sink.deliver(notice({ kind: 'result', phase: 'Resolved' }), network, 0);
  expect(network.sent.map(({ method, url: sentTo }) => `${method} ${sentTo}`)).toEqual([
    'POST https://discord.test/api/webhooks/1/token?thread_id=5&wait=true',
    'PATCH https://discord.test/api/webhooks/1/token/messages/77?thread_id=5',
  ]);
});

test('posts anew when someone deleted the message', async () => {
  const network = scriptedNetwork(posted, { status: 404, body: '' }, posted);
  const sink = discordSink(url);
  await sink.deliver(notice(), network, 0);
  expect(await sink.deliver(notice(), network, 0)).toMatchObject({ result: 'retry' });
  expect(await sink.deliver(notice(), network, 0)).toEqual({ result: 'delivered' });
  expect(network.sent.map(({ method }) => method)).toEqual(['POST', 'PATCH', 'POST']);
});

test('mentions no one and hides no link', () => {
  const message = discordMessage(
    notice({ lines: [{ title: 'Why', text: '@everyone [click](https://evil.test) `code`' }] }),
  );
  expect(message).toMatchObject({ allowed_mentions: { parse: [] } });
  expect(JSON.stringify(message)).toContain(String.raw`\\[click\\]\\(https://evil.test\\)`);
});

test.each([
  [
    { status: 429, body: '{"retry_after":1.5}' },
    { result: 'retry', why: 'status 429', afterSeconds: 1.5 },
  ],
  [
    { status: 500, body: 'oops' },
    { result: 'retry', why: 'status 500' },
  ],
  [
    { status: 404, body: '' },
    { result: 'gone', why: 'status 404' },
  ],
  [
    { status: 400, body: '' },
    { result: 'refused', why: 'status 400' },
  ],
])('takes %o for what it is', async (answer, delivery) => {
  expect(await discordSink(url).deliver(notice(), scriptedNetwork(answer), 0)).toEqual(delivery);
});
