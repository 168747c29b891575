import type { Notice } from '../model/notice.ts';
import type { Delivery, Sink } from '../model/sink.ts';

/** Slack cuts a section's text at 3000 characters and refuses longer ones. */
const maximumSectionCharacters = 3000;

/**
 * A Slack incoming webhook: takes one message a second and can't change one it has posted, so the result is a
 * message of its own. @see https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
export function slackSink(url: string): Sink {
  return {
    name: 'slack',
    paceMilliseconds: 1_100,
    deliver: async (notice, network): Promise<Delivery> => {
      const answer = await network.send({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(slackMessage(notice)),
      });
      if (answer.status >= 200 && answer.status < 300) return { result: 'delivered' };
      const why = `status ${answer.status}`;
      if (answer.status === 429 || answer.status >= 500) {
        const { retryAfterSeconds } = answer;
        return {
          result: 'retry',
          why,
          ...(retryAfterSeconds === undefined ? {} : { afterSeconds: retryAfterSeconds }),
        };
      }
      return answer.status === 404 || answer.status === 410 ? { result: 'gone', why } : { result: 'refused', why };
    },
  };
}

/** The message's JSON. Text of the cluster is escaped, or `<!channel>` in a pod's message would call everyone. */
export function slackMessage(notice: Notice): object {
  const title = `${symbolOf(notice)} ${notice.failureClass} in ${notice.namespace}/${notice.workload}`;
  const body = notice.lines.map(({ title: line, text }) => `*${line}* ${escapeSlack(text)}`).join('\n');
  return {
    text: escapeSlack(title),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150) } },
      { type: 'section', text: { type: 'mrkdwn', text: cut(body) } },
    ],
  };
}

/** @see https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Cuts without leaving half of an escape such as `&am` behind. */
function cut(text: string): string {
  if (text.length <= maximumSectionCharacters) return text;
  return `${text.slice(0, maximumSectionCharacters - 1).replace(/&[a-z]{0,4}$/, '')}…`;
}

function symbolOf({ phase, kind }: Notice): string {
  if (phase === 'Resolved') return '✅';
  if (phase === 'Escalated') return '🆘';
  return kind === 'opened' ? '🔧' : 'ℹ️';
}
