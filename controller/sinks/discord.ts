import type { Notice } from '../model/notice.ts';
import type { Delivery, Sink, SinkAnswer } from '../model/sink.ts';

/** Discord's own limits of an embed. @see https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
const maximumTitleCharacters = 256;
const maximumDescriptionCharacters = 4096;

/** Messages that can still be updated; the id of an older one is forgotten and its result posted anew. */
const rememberedMessages = 1_000;

const colours = { Resolved: 0x2eb67d, Escalated: 0xe01e5a, other: 0xecb22e } as const;

/** A Discord webhook: the first message of an episode is posted, its result replaces it. */
export function discordSink(url: string): Sink {
  const messageIds = new Map<string, string>();
  return {
    name: 'discord',
    paceMilliseconds: 1_000,
    deliver: async (notice, network): Promise<Delivery> => {
      const id = messageIds.get(notice.incidentUid);
      const answer = await network.send({
        method: id === undefined ? 'POST' : 'PATCH',
        url: id === undefined ? postUrl(url) : messageUrl(url, id),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(discordMessage(notice)),
      });
      if (answer.status >= 200 && answer.status < 300) {
        const [oldest] = messageIds.keys();
        if (messageIds.size >= rememberedMessages && oldest !== undefined) messageIds.delete(oldest);
        const posted = id ?? idOf(answer);
        if (posted !== undefined) messageIds.set(notice.incidentUid, posted);
        return { result: 'delivered' };
      }
      if (answer.status === 404 && id !== undefined) {
        // Someone deleted the message: the result is posted anew.
        messageIds.delete(notice.incidentUid);
        return { result: 'retry', why: 'the message was deleted' };
      }
      return judge(answer);
    },
  };
}

/** The message's JSON. No text of the cluster may mention anyone or hide a link. */
export function discordMessage(notice: Notice): object {
  const title = `${notice.failureClass} in ${notice.namespace}/${notice.workload}`;
  const description = notice.lines.map(({ title: line, text }) => `**${line}** ${escapeDiscord(text)}`).join('\n');
  const { phase } = notice;
  return {
    allowed_mentions: { parse: [] },
    embeds: [
      {
        title: title.slice(0, maximumTitleCharacters),
        description: description.slice(0, maximumDescriptionCharacters),
        color: phase === 'Resolved' || phase === 'Escalated' ? colours[phase] : colours.other,
        timestamp: notice.at,
      },
    ],
  };
}

function escapeDiscord(text: string): string {
  return text.replaceAll(/[\\`*_~|>#[\]()]/g, (character) => `\\${character}`);
}

/** 10,000 refused requests in 10 minutes ban the sender's address, so a webhook that is gone is not asked again. */
function judge({ status, body, retryAfterSeconds }: SinkAnswer): Delivery {
  const why = `status ${status}`;
  if (status === 429 || status >= 500) {
    const afterSeconds = retryAfterOf(body) ?? retryAfterSeconds;
    return { result: 'retry', why, ...(afterSeconds === undefined ? {} : { afterSeconds }) };
  }
  return status === 401 || status === 404 || status === 410 ? { result: 'gone', why } : { result: 'refused', why };
}

function postUrl(webhook: string): string {
  const url = new URL(webhook);
  url.searchParams.set('wait', 'true');
  return url.href;
}

function messageUrl(webhook: string, id: string): string {
  const url = new URL(webhook);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/messages/${encodeURIComponent(id)}`;
  return url.href;
}

function idOf({ body }: SinkAnswer): string | undefined {
  const id = parse(body)['id'];
  return typeof id === 'string' ? id : undefined;
}

function retryAfterOf(body: string): number | undefined {
  const seconds = parse(body)['retry_after'];
  return typeof seconds === 'number' && seconds >= 0 ? seconds : undefined;
}

function parse(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
