import { expect, test } from 'vitest';
import { notice, scriptedNetwork } from '#test/support/notices.ts';
import { escapeSlack, slackMessage, slackSink } from './slack.ts';

const url = 'https://hooks.slack.test/services/x';
const deliver = (status: number, retryAfterSeconds?: number) => {
  const network = scriptedNetwork({
    status,
    body: 'ok',
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
  return slackSink(url).deliver(notice(), network, 0);
};

test('escapes what could call everyone or hide a link', () => {
  expect(escapeSlack('<!channel> & <https://evil.test|click>')).toBe(
    '&lt;!channel&gt; &amp; &lt;https://evil.test|click&gt;',
  );
  const message = JSON.stringify(slackMessage(notice({ lines: [{ title: 'Why', text: '<!everyone>' }] })));
  expect(message).not.toContain('<!everyone>');
});

test('tells what, then why', () => {
  expect(slackMessage(notice())).toMatchObject({
    blocks: [{ type: 'header' }, { text: { text: '*What* Deployment shop/web\n*Why* exit code 1' } }],
  });
});

test('stays within a section’s 3000 characters without cutting an escape in half', () => {
  const { blocks } = slackMessage(notice({ lines: [{ title: 'Why', text: '&'.repeat(3_000) }] })) as {
    blocks: { text: { text: string } }[];
  };
  const text = blocks[1]?.text.text ?? '';
  expect(text.length).toBeLessThanOrEqual(3_000);
  expect(text).toMatch(/&amp;…$/);
});

test.each([
  [200, { result: 'delivered' }],
  [404, { result: 'gone', why: 'status 404' }],
  [400, { result: 'refused', why: 'status 400' }],
  [302, { result: 'refused', why: 'status 302' }],
  [503, { result: 'retry', why: 'status 503' }],
])('takes an answer of %i for what it is', async (status, delivery) => {
  expect(await deliver(status)).toEqual(delivery);
});

test('waits as long as Slack asks', async () => {
  expect(await deliver(429, 30)).toEqual({ result: 'retry', why: 'status 429', afterSeconds: 30 });
});
